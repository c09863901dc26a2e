// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <span>

namespace dk::model {

/// A fixed number of floats, 64-byte aligned, zero at first. Movable; the address stays.
class FloatBuffer {
 public:
  FloatBuffer() = default;
  /// kInvalid when the memory is not to be had.
  static Result<FloatBuffer> make(std::size_t size);

  [[nodiscard]] float* data() { return data_.get(); }
  [[nodiscard]] const float* data() const { return data_.get(); }
  [[nodiscard]] std::span<float> span() { return {data_.get(), size_}; }
  [[nodiscard]] std::span<const float> span() const { return {data_.get(), size_}; }

 private:
  struct Free {
    void operator()(float* data) const { std::free(data); }
  };
  std::unique_ptr<float[], Free> data_;
  std::size_t size_ = 0;
};

}  // namespace dk::model
