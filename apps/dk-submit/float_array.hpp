// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <vector>

namespace dk::submit {

/// An array of floats, row major; its first axis counts samples.
struct FloatArray {
  std::vector<std::size_t> shape;
  std::vector<float> values;

  [[nodiscard]] std::size_t rows() const { return shape.empty() ? 0 : shape.front(); }
  [[nodiscard]] std::size_t row_size() const { return rows() == 0 ? 0 : values.size() / rows(); }
};

}  // namespace dk::submit
