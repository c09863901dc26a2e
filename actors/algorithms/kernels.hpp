// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>

/// The loops over whole models, one pass over memory each. All spans of a call have the same
/// length, except a `reply` that may be empty, and do not overlap. Those of the elastic algorithms
/// are in elastic_kernels.hpp, those of optimizers at the server in server_kernels.hpp.
namespace dk::kernels {

/// The contributions of a round, in the order in which they are summed; at least one.
using Terms = std::span<const std::span<const float>>;

/// out = (a - b) * scale
void scaled_difference(std::span<float> out, std::span<const float> a, std::span<const float> b,
                       float scale);
/// centre += contribution; reply = centre
void add_and_copy(std::span<float> centre, std::span<const float> contribution,
                  std::span<float> reply);
/// centre += scale * contribution; reply = centre, unless it is empty
void add_scaled(std::span<float> centre, std::span<const float> contribution, float scale,
                std::span<float> reply);
/// centre += contribution
void add(std::span<float> centre, std::span<const float> contribution);
/// centre -= contribution
void subtract(std::span<float> centre, std::span<const float> contribution);
/// out = the mean of `terms`
void mean(std::span<float> out, Terms terms);
/// centre += the mean of `terms`
void add_mean(std::span<float> centre, Terms terms);
/// theta = reply; theta0 = reply
void copy_to_both(std::span<const float> reply, std::span<float> theta, std::span<float> theta0);
/// No value is infinite or not a number.
[[nodiscard]] bool all_finite(std::span<const float> values);
/// to = from
void copy(std::span<const float> from, std::span<float> to);

}  // namespace dk::kernels
