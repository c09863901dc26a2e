// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/float_buffer.hpp"

#include <cstring>

namespace dk::model {

Result<FloatBuffer> FloatBuffer::make(std::size_t size) {
  constexpr std::size_t kAlignment = 64;
  constexpr std::size_t kLimit = std::size_t{1} << 40;
  FloatBuffer buffer;
  if (size == 0) return buffer;
  const std::size_t bytes = (size * sizeof(float) + kAlignment - 1) / kAlignment * kAlignment;
  if (size < kLimit) buffer.data_.reset(static_cast<float*>(std::aligned_alloc(kAlignment, bytes)));
  if (buffer.data_ == nullptr) {
    return fail(Errc::kInvalid, "not enough memory for {} floats", size);
  }
  std::memset(buffer.data_.get(), 0, bytes);
  buffer.size_ = size;
  return buffer;
}

}  // namespace dk::model
