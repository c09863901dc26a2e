// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/data/transforms/transform.hpp"

namespace dk::storage {

/// impute: a missing value (NaN) becomes its column's mean, median or most frequent value in the
/// training set (missing ones not counted; the least of equally frequent ones), or a constant.
/// The names are those of scikit-learn's SimpleImputer.
///
///     {"impute": "median"}
///     {"impute": {"strategy": "constant", "fill_value": -1, "columns": ["age"]}}
///
/// `strategy` is mean when not given; `fill_value` is 0. All are exact. The median takes three
/// passes and 16 KiB per number, at most 16384 numbers; most_frequent at most 2^20 different values
/// in all columns. A column without any value is an error. Fitted: "values", a number for each
/// float of the columns.
[[nodiscard]] Result<std::unique_ptr<Transform>> make_impute(const nlohmann::json& arguments,
                                                             const Schema& schema);

}  // namespace dk::storage
