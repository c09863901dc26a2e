// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/shape.hpp"

#include <span>

namespace dk::model {

/// What a norm becomes: rate * clip(norm, min, max) + (1 - rate) * norm.
struct NormRule {
  float min = 0;
  float max = 1;
  float rate = 1;
};

/// Multiplies `values`, of this shape of at most 8 axes, with wanted norm / (1e-7 + norm), where
/// the norm is taken over the axes that are `summed` (one bool per axis). Allocates nothing.
void scale_norms(std::span<float> values, const Shape& shape, const bool* summed, NormRule rule);

}  // namespace dk::model
