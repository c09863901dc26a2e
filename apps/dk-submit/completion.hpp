// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <CLI/App.hpp>

#include <string>

namespace dk::submit {

/// A script for bash that completes the commands and options of `app`, taken from its own
/// description, and file names elsewhere. zsh runs it, too (bashcompinit).
[[nodiscard]] std::string bash_completion(const CLI::App& app);
[[nodiscard]] std::string zsh_completion(const CLI::App& app);

}  // namespace dk::submit
