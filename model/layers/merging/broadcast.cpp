// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/merging/broadcast.hpp"

#include <algorithm>

namespace dk::model {
namespace {

std::size_t elements(std::size_t size, bool repeated) {
  return repeated ? 1 : size;
}

}  // namespace

Result<Shape> broadcast_shape(std::span<const Shape> shapes) {
  Shape result;
  for (const Shape& shape : shapes) {
    const std::size_t missing = shape.size() > result.size() ? shape.size() - result.size() : 0;
    result.insert(result.begin(), missing, 1);
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      std::size_t& size = result[result.size() - shape.size() + axis];
      if (size != shape[axis] && size != 1 && shape[axis] != 1) {
        return fail(Errc::kInvalid, "inputs {} and {} do not fit together",
                    to_string(shapes.front()), to_string(shape));
      }
      size = std::max(size, shape[axis]);
    }
  }
  DK_TRY(element_count(result));
  return result;
}

Broadcast::Broadcast(const Shape& small, const Shape& large) {
  const std::size_t missing = large.size() - small.size();
  for (std::size_t axis = 0; axis < large.size(); ++axis) {
    const std::size_t size = axis < missing ? 1 : small[axis - missing];
    const bool repeated = size != large[axis];
    large_ *= large[axis];
    small_ *= size;
    if (large[axis] == 1) continue;
    if (!axes_.empty() && axes_.back().repeated == repeated) {
      axes_.back().size *= large[axis];
    } else {
      axes_.push_back({large[axis], repeated});
    }
  }
  if (axes_.empty()) axes_.push_back({1, false});
}

void Broadcast::expand_axes(const float*& small, float*& large, std::span<const Axis> axes) const {
  const auto [size, repeated] = axes.front();
  if (axes.size() == 1) {
    if (repeated) {
      std::fill_n(large, size, *small);
    } else {
      std::copy_n(small, size, large);
    }
    small += elements(size, repeated);
    large += size;
    return;
  }
  const float* const start = small;
  for (std::size_t i = 0; i < size; ++i) {
    if (repeated) small = start;
    expand_axes(small, large, axes.subspan(1));
  }
}

void Broadcast::sum_axes(const float*& large, float*& small, std::span<const Axis> axes) const {
  const auto [size, repeated] = axes.front();
  if (axes.size() == 1) {
    if (repeated) {
      float sum = 0;
      for (std::size_t i = 0; i < size; ++i) sum += large[i];
      *small += sum;
    } else {
      for (std::size_t i = 0; i < size; ++i) small[i] += large[i];
    }
    small += elements(size, repeated);
    large += size;
    return;
  }
  float* const start = small;
  for (std::size_t i = 0; i < size; ++i) {
    if (repeated) small = start;
    sum_axes(large, small, axes.subspan(1));
  }
}

void Broadcast::expand(const float* small, float* large, std::size_t n) const {
  for (std::size_t sample = 0; sample < n; ++sample) expand_axes(small, large, axes_);
}

void Broadcast::sum(const float* large, float* small, std::size_t n) const {
  std::fill_n(small, n * small_, 0.0F);
  for (std::size_t sample = 0; sample < n; ++sample) sum_axes(large, small, axes_);
}

}  // namespace dk::model
