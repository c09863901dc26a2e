// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/data/transforms/transform.hpp"

namespace dk::storage {

/// dense: sparse to dense, dist-keras' DenseTransformer. A row's `indices` and `values`, two
/// columns of as many numbers, become one of `size`: out[indices[k]] += values[k], all else zero;
/// without `values` each counts 1, which makes a bag of words of a list of words. An index of -1 or
/// NaN fills up a short row and is passed over. The outcome stands in the place of the first of the
/// two.
///
///     {"dense": {"size": 10000, "indices": "index", "values": "value"}}
///     {"dense": {"size": 10000, "indices": "words"}}
///     {"dense": {}}
///
/// The last form changes nothing: the readers of sparse files (libsvm) already give dense rows.
[[nodiscard]] Result<std::unique_ptr<Transform>> make_dense(const nlohmann::json& arguments,
                                                            const Schema& schema);

}  // namespace dk::storage
