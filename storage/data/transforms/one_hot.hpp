// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/data/transforms/transform.hpp"

namespace dk::storage {

/// one_hot: the whole number k in [0, classes) becomes `classes` zeros with a one in place k; a
/// field of shape s becomes one of shape s + {classes}. dist-keras' OneHotTransformer; its
/// output_dim is `classes`. On the labels when no columns are given.
///
///     {"one_hot": 10}
///     {"one_hot": {"classes": 7, "columns": ["weekday"]}}
[[nodiscard]] Result<std::unique_ptr<Transform>> make_one_hot(const nlohmann::json& arguments,
                                                              const Schema& schema);

}  // namespace dk::storage
