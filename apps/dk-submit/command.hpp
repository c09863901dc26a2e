// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace dk::submit {

/// What a script sees.
enum ExitCode : int {
  kFinished = 0,
  kJobFailed = 1,
  kBadRequest = 2,
  kUnreachable = 3,
  kInterrupted = 130,
};

/// What every command takes.
struct Globals {
  /// At most one of the two; connection.hpp says what counts when both are empty.
  std::string supervisor;
  std::string cluster;
  std::string token_file;
  std::string ca_file;
  std::string certs;
  bool json = false;
};

/// What the chosen subcommand does; gives the exit code.
using Action = std::function<int()>;

/// Prints the error on standard error (with `json` as docs/http-api.md has it) and gives the exit
/// code that stands for it.
int report(const Error& error, bool json);

/// The same for a command line that could not be read: the command, what is wrong with it, and
/// where its help is. Help itself, when that was asked for, goes to standard output.
int report_usage(const CLI::App& app, const CLI::ParseError& error, bool json);

/// JOB, a job's number.
CLI::Option* add_job_argument(CLI::App& command, std::uint64_t& job);
/// A whole number from 1.
[[nodiscard]] CLI::Validator whole_number();

/// A subcommand that also takes the options of `app`, with an example below its help.
CLI::App* add_command(CLI::App& app, const std::string& name, const std::string& about,
                      const std::string& example);

void add_run_command(CLI::App& app, const Globals& globals, Action& chosen);
/// submit, status, list, watch, events, cancel, nodes.
void add_api_commands(CLI::App& app, const Globals& globals, Action& chosen);
/// drain, undrain.
void add_drain_commands(CLI::App& app, const Globals& globals, Action& chosen);
/// validate.
void add_check_commands(CLI::App& app, const Globals& globals, Action& chosen);
void add_predict_command(CLI::App& app, const Globals& globals, Action& chosen);
void add_evaluate_command(CLI::App& app, const Globals& globals, Action& chosen);
/// checkpoints list, verify, export, prune.
void add_checkpoint_commands(CLI::App& app, const Globals& globals, Action& chosen);
/// download, summary, convert.
void add_model_commands(CLI::App& app, const Globals& globals, Action& chosen);
/// new.
void add_new_command(CLI::App& app, const Globals& globals, Action& chosen);
/// logs.
void add_logs_command(CLI::App& app, const Globals& globals, Action& chosen);
/// history, rerun.
void add_history_commands(CLI::App& app, const Globals& globals, Action& chosen);
/// top.
void add_top_command(CLI::App& app, const Globals& globals, Action& chosen);
/// schema.
void add_schema_command(CLI::App& app, const Globals& globals, Action& chosen);
/// clusters.
void add_cluster_commands(CLI::App& app, const Globals& globals, Action& chosen);
/// help-man, of all that was added to `app` before it runs; not in its help.
void add_help_man_command(CLI::App& app, const Globals& globals, Action& chosen);
/// completion, of all that was added to `app` before it runs.
void add_completion_command(CLI::App& app, const Globals& globals, Action& chosen);
/// data inspect.
void add_data_commands(CLI::App& app, const Globals& globals, Action& chosen);

}  // namespace dk::submit
