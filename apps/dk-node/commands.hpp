// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <functional>

namespace dk {

/// What a subcommand does; gives the exit code.
using Command = std::function<int()>;

/// certs init, issue, show, revoke.
void add_certs_commands(CLI::App& app, Command& chosen);

/// Whether the program is asked for one of these in place of the daemon.
[[nodiscard]] bool is_command(int argc, const char* const* argv);
/// Runs it. 0, 1 when the machine refuses, 2 when the request is wrong.
int run_command(int argc, const char* const* argv);

}  // namespace dk
