// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/data/transforms/transform.hpp"

namespace dk::storage {

/// clip: x' = min(max(x, low), high). numpy's clip. A missing value (NaN) stays missing.
///
///     {"clip": [-3, 3]}
///     {"clip": {"range": [0, 100], "columns": ["age"]}}
[[nodiscard]] Result<std::unique_ptr<Transform>> make_clip(const nlohmann::json& arguments,
                                                           const Schema& schema);

}  // namespace dk::storage
