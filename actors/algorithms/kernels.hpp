// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>

/// The loops that move whole models, one pass over memory each. All spans of a call have the same
/// length and do not overlap.
namespace dk::kernels {

/// out = (a - b) * scale
void scaled_difference(std::span<float> out, std::span<const float> a, std::span<const float> b,
                       float scale);
/// centre += contribution; reply = centre
void add_and_copy(std::span<float> centre, std::span<const float> contribution,
                  std::span<float> reply);
/// centre -= contribution
void subtract(std::span<float> centre, std::span<const float> contribution);
/// theta = reply; theta0 = reply
void copy_to_both(std::span<const float> reply, std::span<float> theta, std::span<float> theta0);

}  // namespace dk::kernels
