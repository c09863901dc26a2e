// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>

namespace dk::descriptor {

/// Reads a Keras `to_json()` file, whose layers must all be known, with known parameters, and gives
/// it back as Keras 2 writes it.
Result<std::string> architecture_of_file(const std::filesystem::path& path);
/// The same text for a list of layers written in place.
Result<std::string> architecture_of_layers(const nlohmann::json& layers);

}  // namespace dk::descriptor
