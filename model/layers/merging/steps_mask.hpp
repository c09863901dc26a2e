// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/layer.hpp"

#include <span>

namespace dk::model {

/// The mask behind a layer of several inputs, of the steps (axis 1): there is one when an input has
/// one, and all inputs have these `steps`.
[[nodiscard]] MaskRule rule_of_steps_masks(std::span<const bool> masked,
                                           std::span<const Shape> inputs, const Shape& output);

/// mask = the product of those of `masks` that are no nullptr; all of `size` floats.
void multiply_steps_masks(std::span<const float* const> masks, float* mask, std::size_t size);

}  // namespace dk::model
