// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/data/transforms/transform.hpp"

namespace dk::storage {

/// binary_label: a single number becomes [1, 0] when it equals `label`, else [0, 1]. dist-keras'
/// BinaryLabelTransformer. On the labels when no columns are given.
///
///     {"binary_label": 1}
///     {"binary_label": {"label": 1, "columns": ["signal"]}}
[[nodiscard]] Result<std::unique_ptr<Transform>> make_binary_label(const nlohmann::json& arguments,
                                                                   const Schema& schema);

}  // namespace dk::storage
