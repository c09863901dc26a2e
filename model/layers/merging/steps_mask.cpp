// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/merging/steps_mask.hpp"

#include <algorithm>

namespace dk::model {

MaskRule rule_of_steps_masks(std::span<const bool> masked, std::span<const Shape> inputs,
                             const Shape& output) {
  if (output.size() < 2 || std::find(masked.begin(), masked.end(), true) == masked.end()) {
    return MaskRule::kDrop;
  }
  for (std::size_t i = 0; i < masked.size(); ++i) {
    const bool same_steps =
        inputs[i].size() == output.size() && inputs[i].front() == output.front();
    if (masked[i] && !same_steps) return MaskRule::kDrop;
  }
  return MaskRule::kMake;
}

void multiply_steps_masks(std::span<const float* const> masks, float* mask, std::size_t size) {
  std::fill_n(mask, size, 1.0F);
  for (const float* factor : masks) {
    if (factor == nullptr) continue;
    for (std::size_t i = 0; i < size; ++i) mask[i] *= factor[i];
  }
}

}  // namespace dk::model
