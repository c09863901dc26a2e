// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/kernels.hpp"

/// The loops of shards that do more than add, one pass over memory each; the rules of kernels.hpp
/// hold. d = contribution. A `reply` that is not empty becomes the new centre.
namespace dk::kernels {

struct AdagradStep {
  float rate = 0;
  float epsilon = 0;
};
/// squares += d^2; centre += rate * d / sqrt(squares + epsilon)
void adagrad(std::span<float> centre, std::span<const float> contribution, AdagradStep step,
             std::span<float> squares, std::span<float> reply);

struct AdamStep {
  float rate = 0;
  float beta_1 = 0;
  float beta_2 = 0;
  float epsilon = 0;
  float correction_1 = 1;  ///< 1 / (1 - beta_1^t)
  float correction_2 = 1;  ///< 1 / (1 - beta_2^t)
};
/// m = beta_1 m + (1 - beta_1) d;  v = beta_2 v + (1 - beta_2) d^2;
/// centre += rate * correction_1 m / (sqrt(correction_2 v) + epsilon)
void adam(std::span<float> centre, std::span<const float> contribution, const AdamStep& step,
          std::span<float> m, std::span<float> v, std::span<float> reply);

/// centre += d / ((centre - stale)^2 / rate + 1); reply = centre
void add_damped(std::span<float> centre, std::span<const float> contribution,
                std::span<const float> stale, float rate, std::span<float> reply);

/// g = the mean of `terms`; velocity = momentum * velocity + g;
/// centre -= rate * (g + momentum * velocity)
void nesterov(std::span<float> centre, Terms terms, float rate, float momentum,
              std::span<float> velocity);

}  // namespace dk::kernels
