// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/reshaping/permutation.hpp"

#include <algorithm>

namespace dk::model {
namespace {

/// rows x columns of `out` from an input whose rows lie `row_step` and whose columns lie
/// `column_step` apart; in squares, so that a transposition stays in the cache.
void copy_plane(const float* in, float* out, std::size_t rows, std::size_t columns,
                std::size_t row_step, std::size_t column_step) {
  constexpr std::size_t kSquare = 16;
  for (std::size_t row = 0; row < rows; row += kSquare) {
    const std::size_t row_end = std::min(rows, row + kSquare);
    for (std::size_t column = 0; column < columns; column += kSquare) {
      const std::size_t column_end = std::min(columns, column + kSquare);
      for (std::size_t r = row; r < row_end; ++r) {
        for (std::size_t c = column; c < column_end; ++c) {
          out[r * columns + c] = in[r * row_step + c * column_step];
        }
      }
    }
  }
}

void copy_axes(const float* in, float* out, std::span<const std::size_t> sizes,
               std::span<const std::size_t> steps) {
  const std::size_t rows = sizes[0];
  std::size_t block = 1;
  for (const std::size_t size : sizes.subspan(1)) block *= size;
  if (sizes.size() == 1) {
    for (std::size_t i = 0; i < rows; ++i) out[i] = in[i * steps[0]];
  } else if (sizes.size() == 2 && steps[1] == 1) {
    for (std::size_t i = 0; i < rows; ++i) std::copy_n(in + i * steps[0], block, out + i * block);
  } else if (sizes.size() == 2) {
    copy_plane(in, out, rows, sizes[1], steps[0], steps[1]);
  } else {
    for (std::size_t i = 0; i < rows; ++i) {
      copy_axes(in + i * steps[0], out + i * block, sizes.subspan(1), steps.subspan(1));
    }
  }
}

}  // namespace

Permutation::Permutation(const Shape& shape, std::span<const std::size_t> order)
    : shape_(shape), order_(order.begin(), order.end()) {
  std::vector<std::size_t> step_of(shape.size());
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    step_of[axis] = size_;
    size_ *= shape[axis];
  }
  for (const std::size_t axis : order) {
    if (shape[axis] == 1) continue;
    if (!sizes_.empty() && steps_.back() == step_of[axis] * shape[axis]) {
      sizes_.back() *= shape[axis];
      steps_.back() = step_of[axis];
    } else {
      sizes_.push_back(shape[axis]);
      steps_.push_back(step_of[axis]);
    }
  }
}

void Permutation::apply(const float* in, float* out, std::size_t n) const {
  if (is_identity()) {
    std::copy_n(in, n * size_, out);
    return;
  }
  for (std::size_t sample = 0; sample < n; ++sample) {
    copy_axes(in + sample * size_, out + sample * size_, sizes_, steps_);
  }
}

Permutation Permutation::inverse() const {
  Shape shape(order_.size());
  std::vector<std::size_t> order(order_.size());
  for (std::size_t axis = 0; axis < order_.size(); ++axis) {
    shape[axis] = shape_[order_[axis]];
    order[order_[axis]] = axis;
  }
  return {shape, order};
}

}  // namespace dk::model
