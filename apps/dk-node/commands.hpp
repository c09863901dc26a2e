// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <functional>

namespace dk {

/// What a subcommand does; gives the exit code.
using Command = std::function<int()>;

/// certs init, issue, show, revoke.
void add_certs_commands(CLI::App& app, Command& chosen);
/// check-config [FILE].
void add_check_config_command(CLI::App& app, Command& chosen);
/// tokens add, list, revoke.
void add_tokens_commands(CLI::App& app, Command& chosen);
/// Prints what went wrong. 0, 1 when the machine refuses, 2 when the request is wrong.
int exit_code(const Result<void>& done);

/// Whether the program is asked for one of these in place of the daemon.
[[nodiscard]] bool is_command(int argc, const char* const* argv);
/// Runs it; gives the exit code.
int run_command(int argc, const char* const* argv);

}  // namespace dk
