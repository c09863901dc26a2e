// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/layers/convolutional/window.hpp"

#include <array>
#include <vector>

namespace dk::model {

/// Which cells of a space, of up to three axes, each window sees; padding belongs to none.
class PoolGeometry {
 public:
  struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  PoolGeometry() = default;
  /// `fit` is of that window over `space`.
  PoolGeometry(const Window& window, const Window::Fit& fit, const Shape& space);

  [[nodiscard]] std::size_t cells() const { return space_[0] * space_[1] * space_[2]; }
  [[nodiscard]] std::size_t length(std::size_t axis) const { return space_[axis]; }
  /// The windows along an axis.
  [[nodiscard]] const std::vector<Range>& ranges(std::size_t axis) const { return ranges_[axis]; }
  /// Whether each cell is in exactly one window.
  [[nodiscard]] bool tiles() const { return tiles_; }

 private:
  std::array<std::size_t, 3> space_{1, 1, 1};
  std::array<std::vector<Range>, 3> ranges_;
  bool tiles_ = true;
};

/// For `n` samples x (cells, channels) and y (windows, channels); results are overwritten. `row` is
/// room for `channels` floats.

/// y = the window's maximum; NaN when it has one.
void max_pool(const PoolGeometry& geometry, const float* x, float* y, std::size_t n,
              std::size_t channels);
/// Each window's gradient goes to the first of its cells that is the maximum.
void max_pool_backward(const PoolGeometry& geometry, const float* x, const float* y,
                       const float* y_gradient, float* x_gradient, float* row, std::size_t n,
                       std::size_t channels);
/// y = the mean of the window's cells.
void average_pool(const PoolGeometry& geometry, const float* x, float* y, std::size_t n,
                  std::size_t channels);
void average_pool_backward(const PoolGeometry& geometry, const float* y_gradient, float* x_gradient,
                           float* row, std::size_t n, std::size_t channels);

}  // namespace dk::model
