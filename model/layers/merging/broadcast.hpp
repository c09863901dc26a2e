// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/shape.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace dk::model {

/// The shape of an elementwise operation, as Keras' merge layers know it: axes are matched from the
/// last one, and an axis of size 1, or one that is not there, is repeated. kInvalid else.
[[nodiscard]] Result<Shape> broadcast_shape(std::span<const Shape> shapes);

/// The repetition of a small sample up to a large one's shape.
class Broadcast {
 public:
  /// `small` fits into `large` by the rule of `broadcast_shape`.
  Broadcast(const Shape& small, const Shape& large);

  [[nodiscard]] bool is_identity() const { return small_ == large_; }
  /// large = small, repeated; `n` samples.
  void expand(const float* small, float* large, std::size_t n) const;
  /// small = the sums over what `expand` repeats.
  void sum(const float* large, float* small, std::size_t n) const;

 private:
  struct Axis {
    std::size_t size;
    bool repeated;
  };

  void expand_axes(const float*& small, float*& large, std::span<const Axis> axes) const;
  void sum_axes(const float*& large, float*& small, std::span<const Axis> axes) const;

  std::vector<Axis> axes_;  ///< Neighbours of one kind are one.
  std::size_t small_ = 1;
  std::size_t large_ = 1;
};

}  // namespace dk::model
