// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/data/transforms/transform.hpp"

namespace dk::storage {

/// reshape: all chosen columns, in their order, become one field of this shape; the numbers stay as
/// they are. One dimension may be -1: what is left. dist-keras' ReshapeTransformer, which had to
/// stand last; this one need not.
///
///     {"reshape": [28, 28, 1]}
///     {"reshape": {"shape": [-1, 3], "columns": ["x0", "x1", "x2"], "output_col": "xs"}}
[[nodiscard]] Result<std::unique_ptr<Transform>> make_reshape(const nlohmann::json& arguments,
                                                              const Schema& schema);

}  // namespace dk::storage
