// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/architecture.hpp"

namespace dk::model {

/// The same model with its layers in the order that Keras gives them when it builds the graph (by
/// their distance from the outputs, the farthest first), nested models too: the order by which
/// Keras finds weights in a file. What Keras wrote is in this order already.
[[nodiscard]] Architecture in_keras_order(const Architecture& architecture);

}  // namespace dk::model
