// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <filesystem>
#include <string>
#include <vector>

/// Manual pages out of the same words as `--help`.
namespace dk::cli {

/// The page of a program or, with its parents' names in front, of a command of it, in roff (section
/// 1): name, synopsis, arguments, options, commands, and what stands below its help. Options of the
/// parents are in their pages only; hidden commands (group "") in none.
[[nodiscard]] std::string man_page(const CLI::App& app);

/// `dk-submit-checkpoints-list.1`.
[[nodiscard]] std::string man_page_name(const CLI::App& app);

/// Writes the pages of `app` and all its commands into `directory`, which is made; gives their
/// names. kIo.
Result<std::vector<std::string>> write_man_pages(const CLI::App& app,
                                                 const std::filesystem::path& directory);

}  // namespace dk::cli
