// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace dk::storage {

/// The files that paths and globs (`*`, `?`, `[...]`) name: those of a glob in the order of their
/// names' bytes, globs and paths in the order given. A path that exists is no glob. kNotFound when
/// a glob finds nothing or a path does not exist.
Result<std::vector<std::filesystem::path>> find_files(std::span<const std::string> patterns);

}  // namespace dk::storage
