// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/data/transforms/transform.hpp"

namespace dk::storage {

/// min_max: x' = (to[1] - to[0]) / (from[1] - from[0]) * (x - from[0]) + to[0].
/// dist-keras' MinMaxTransformer; its o_min, o_max, n_min, n_max are from[0], from[1], to[0],
/// to[1].
///
///     {"min_max": {"from": [0, 255], "to": [0, 1]}}      the same for all
///     {"min_max": {"to": [-1, 1], "columns": ["age"]}}   from: each column's least and largest
///                                                        value in the training set
///
/// `to` is [0, 1] when not given. A column that is constant in the training set becomes to[0].
/// Fitted: "min" and "max", a number for each float of the columns.
[[nodiscard]] Result<std::unique_ptr<Transform>> make_min_max(const nlohmann::json& arguments,
                                                              const Schema& schema);

}  // namespace dk::storage
