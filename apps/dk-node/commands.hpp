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
/// help-man DIR, hidden: the manual pages of the program and its commands.
void add_help_man_command(CLI::App& app, Command& chosen);
/// tokens add, list, revoke.
void add_tokens_commands(CLI::App& app, Command& chosen);
/// All of them, in place of which the daemon runs.
void add_commands(CLI::App& app, Command& chosen);
/// Prints what went wrong. 0, 1 when the machine refuses, 2 when the request is wrong.
int exit_code(const Result<void>& done);

}  // namespace dk
