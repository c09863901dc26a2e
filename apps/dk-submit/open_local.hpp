// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/node.hpp"

#include <filesystem>
#include <memory>

namespace dk::submit {

/// A supervisor with one node inside this process, its state under `data`.
Result<std::unique_ptr<Node>> open_local(const std::filesystem::path& data);

}  // namespace dk::submit
