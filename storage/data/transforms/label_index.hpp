// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/data/transforms/transform.hpp"

namespace dk::storage {

/// label_index: a vector, a one-hot label or a prediction, becomes one number: the first place with
/// a value from `activation_threshold`, else the place of the largest value (the first of equals).
/// dist-keras' LabelIndexTransformer with its defaults, but for one thing: there the largest value
/// is sought from 0.0 up, so a vector without a positive value became `default_index`; here
/// `default_index` stands only for a vector that holds no number (all NaN). On the labels when no
/// columns are given.
///
///     {"label_index": {}}
///     {"label_index": {"activation_threshold": 0.55, "default_index": 0, "output_dim": 10}}
///
/// `output_dim`, when given, is the vector's size and is checked.
///
/// Of columns of texts in a table, instead: each text becomes its place among the classes, which
/// are all texts of the training set's files in ascending order (Vocabulary::sorted), or `classes`
/// in the order given. scikit-learn's LabelEncoder, Keras' StringLookup without a place for unknown
/// ones: a text that is no class is a bad row.
///
///     {"label_index": {"classes": ["cat", "dog"]}}
///     {"label_index": {"columns": ["city", "job"], "classes": {"city": [...], "job": [...]}}}
[[nodiscard]] Result<std::unique_ptr<Transform>> make_label_index(const nlohmann::json& arguments,
                                                                  const Schema& schema);

}  // namespace dk::storage
