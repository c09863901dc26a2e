// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/optimizers/gradient_intake.hpp"

#include "base/multiversion.hpp"

#include <cmath>

namespace dk::model {

DK_MULTIVERSION double sum_of_squares(const float* values, std::size_t size) {
  constexpr std::size_t kLanes = 16;
  double lanes[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const double value = values[i + lane];
      lanes[lane] += value * value;
    }
  }
  double sum = 0;
  for (; i < size; ++i) sum += static_cast<double>(values[i]) * values[i];
  for (const double lane : lanes) sum += lane;
  return sum;
}

float clip_factor(double squared_norm, double limit) {
  const double norm = std::sqrt(squared_norm);
  return norm > limit ? static_cast<float>(limit / norm) : 1.0F;
}

}  // namespace dk::model
