// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <filesystem>
#include <span>
#include <vector>

namespace dk::submit {

/// An array of floats, row major.
struct FloatArray {
  std::vector<std::size_t> shape;
  std::vector<float> values;

  [[nodiscard]] std::size_t rows() const { return shape.empty() ? 0 : shape.front(); }
  [[nodiscard]] std::size_t row_size() const { return rows() == 0 ? 0 : values.size() / rows(); }
};

/// Reads NumPy's `.npy`, versions 1 to 3: little-endian float32 or float64, or uint8, in C order.
/// kInvalid, naming the file and what it is instead, or kNotFound.
Result<FloatArray> read_npy(const std::filesystem::path& path);

/// Writes float32, version 1.0.
Result<void> write_npy(const std::filesystem::path& path, const std::vector<std::size_t>& shape,
                       std::span<const float> values);

}  // namespace dk::submit
