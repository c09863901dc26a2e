// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/shape.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace dk::model {

/// The move of a sample's axes: axis i of the result is axis order[i] of what goes in.
class Permutation {
 public:
  Permutation() = default;
  /// `order` holds every axis of `shape` once.
  Permutation(const Shape& shape, std::span<const std::size_t> order);

  /// The elements stay where they are.
  [[nodiscard]] bool is_identity() const { return sizes_.size() < 2; }
  /// `n` samples; not in place.
  void apply(const float* in, float* out, std::size_t n) const;
  [[nodiscard]] Permutation inverse() const;

 private:
  /// The result's axes, those that stay neighbours as one: its sizes, its steps in what goes in.
  Shape sizes_;
  std::vector<std::size_t> steps_;
  std::size_t size_ = 1;
  Shape shape_;
  std::vector<std::size_t> order_;
};

}  // namespace dk::model
