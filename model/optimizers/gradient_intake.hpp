// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <limits>

namespace dk::model {

/// What happens to a gradient and its parameter on their way into an update, in the same pass:
/// clipping and decoupled weight decay. The gradients themselves stay as they are.
struct GradientIntake {
  float scale = 1;                                       ///< clipnorm's and global_clipnorm's.
  float limit = std::numeric_limits<float>::infinity();  ///< clipvalue.
  float decay = 0;                                       ///< learning rate * weight_decay.

  /// The gradient as clipped; NaN stays NaN. Two plain choices, so that loops vectorise.
  [[nodiscard]] float gradient(float g) const {
    const float scaled = g * scale;
    const float upper = scaled > limit ? limit : scaled;
    return upper < -limit ? -limit : upper;
  }
  /// The parameter as decayed: p - decay * p.
  [[nodiscard]] float parameter(float p) const { return p - decay * p; }
};

/// A contiguous part of the flat vector.
struct UpdateRange {
  std::size_t first = 0;
  std::size_t size = 0;
  float* parameters = nullptr;
  const float* gradients = nullptr;
  GradientIntake intake{};
};

/// In double precision.
[[nodiscard]] double sum_of_squares(const float* values, std::size_t size);

/// What Keras multiplies gradients of this norm with so that it is at most `limit`.
[[nodiscard]] float clip_factor(double squared_norm, double limit);

}  // namespace dk::model
