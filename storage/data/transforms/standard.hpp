// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/data/transforms/transform.hpp"

namespace dk::storage {

/// standard: x' = (x - mean) / stddev for each column, with the training set's mean and population
/// standard deviation (divided by n); a deviation of zero counts as one. In one pass (Welford
/// 1962). dist-keras' StandardTransformer, with its `columns` and `suffix`: what stands behind the
/// name of the outcome, nothing when not given.
///
///     {"standard": {}}
///     {"standard": {"columns": ["age", "income"], "suffix": "_normalized"}}
///
/// Fitted: "mean" and "stddev", a number for each float of the columns.
[[nodiscard]] Result<std::unique_ptr<Transform>> make_standard(const nlohmann::json& arguments,
                                                               const Schema& schema);

}  // namespace dk::storage
