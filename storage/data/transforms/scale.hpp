// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/data/transforms/transform.hpp"

namespace dk::storage {

/// scale: x' = scale * x + offset. Keras' Rescaling.
///
///     {"scale": 0.00392156862745098}
///     {"scale": {"scale": 0.00784313725490196, "offset": -1}}
[[nodiscard]] Result<std::unique_ptr<Transform>> make_scale(const nlohmann::json& arguments,
                                                            const Schema& schema);

}  // namespace dk::storage
