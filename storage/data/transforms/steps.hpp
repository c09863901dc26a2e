// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/data/transforms/affine.hpp"
#include "storage/data/transforms/transform.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace dk::storage {

/// The fitted transforms of one side of the rows, ready to run: neighbours that are affine are one
/// pass over the floats. Refers to the transforms.
class SideSteps {
 public:
  SideSteps() = default;
  /// `width`: floats per row in front of the first.
  SideSteps(const std::vector<std::unique_ptr<Transform>>& transforms, Side side,
            std::size_t width);

  /// Floats per row that each of two buffers needs for what is between the steps.
  [[nodiscard]] std::size_t between() const { return between_; }
  /// scale and shift when all is one float32 pass, {1, 0} when nothing is done.
  [[nodiscard]] std::optional<std::pair<float, float>> uniform() const;
  Result<void> apply(std::size_t rows, std::span<const float> in, std::span<float> out,
                     std::span<float> buffer, std::span<float> other) const;

 private:
  struct Step {
    const Transform* transform = nullptr;  ///< Null: affine.
    Affine affine;
    std::optional<std::pair<float, float>> uniform;
    std::size_t width = 0;  ///< Floats per row behind it.
  };

  void add(const Transform& transform, std::size_t width_in);

  std::vector<Step> steps_;
  std::size_t between_ = 0;
};

/// kInvalid: the first row and field with a NaN or an infinity.
Result<void> check_finite(std::size_t rows, std::span<const float> values,
                          const std::vector<Field>& fields);

}  // namespace dk::storage
