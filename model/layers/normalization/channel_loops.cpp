// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/normalization/channel_loops.hpp"

#include "base/multiversion.hpp"

#include <algorithm>

namespace dk::model {

// Four rows at a time, so that the sums are loaded and stored less often than the data.
DK_MULTIVERSION void add_sums(const float* __restrict x, std::size_t size, std::size_t width,
                              float* __restrict sums) {
  for (; size >= 4 * width; size -= 4 * width, x += 4 * width) {
    for (std::size_t i = 0; i < width; ++i) {
      sums[i] += (x[i] + x[width + i]) + (x[2 * width + i] + x[3 * width + i]);
    }
  }
  for (; size > 0; size -= std::min(size, width), x += width) {
    const std::size_t count = std::min(size, width);
    for (std::size_t i = 0; i < count; ++i) sums[i] += x[i];
  }
}

DK_MULTIVERSION void add_squares(const float* __restrict x, std::size_t size, std::size_t width,
                                 const float* __restrict mean, float* __restrict squares) {
  for (; size >= 4 * width; size -= 4 * width, x += 4 * width) {
    for (std::size_t i = 0; i < width; ++i) {
      const float a = x[i] - mean[i];
      const float b = x[width + i] - mean[i];
      const float c = x[2 * width + i] - mean[i];
      const float d = x[3 * width + i] - mean[i];
      squares[i] += (a * a + b * b) + (c * c + d * d);
    }
  }
  for (; size > 0; size -= std::min(size, width), x += width) {
    const std::size_t count = std::min(size, width);
    for (std::size_t i = 0; i < count; ++i) {
      const float a = x[i] - mean[i];
      squares[i] += a * a;
    }
  }
}

DK_MULTIVERSION void add_gradient_sums(const float* __restrict x, const float* __restrict gradient,
                                       std::size_t size, std::size_t width,
                                       const float* __restrict mean, float* __restrict sums,
                                       float* __restrict products) {
  for (; size >= 2 * width; size -= 2 * width, x += 2 * width, gradient += 2 * width) {
    for (std::size_t i = 0; i < width; ++i) {
      const float a = gradient[i];
      const float b = gradient[width + i];
      sums[i] += a + b;
      products[i] += a * (x[i] - mean[i]) + b * (x[width + i] - mean[i]);
    }
  }
  for (; size > 0; size -= std::min(size, width), x += width, gradient += width) {
    const std::size_t count = std::min(size, width);
    for (std::size_t i = 0; i < count; ++i) {
      sums[i] += gradient[i];
      products[i] += gradient[i] * (x[i] - mean[i]);
    }
  }
}

DK_MULTIVERSION void scale_channels(const float* x, float* out, std::size_t size, std::size_t width,
                                    const float* mean, const float* scale, const float* shift) {
  for (; size > 0; size -= std::min(size, width), x += width, out += width) {
    const std::size_t count = std::min(size, width);
    for (std::size_t i = 0; i < count; ++i) out[i] = (x[i] - mean[i]) * scale[i] + shift[i];
  }
}

DK_MULTIVERSION void channel_gradient(const float* x, const float* gradient, float* in_gradient,
                                      std::size_t size, std::size_t width, const float* mean,
                                      const float* scale, const float* slope, const float* shift) {
  for (; size > 0; size -= std::min(size, width)) {
    const std::size_t count = std::min(size, width);
    for (std::size_t i = 0; i < count; ++i) {
      in_gradient[i] = gradient[i] * scale[i] + ((x[i] - mean[i]) * slope[i] + shift[i]);
    }
    x += width;
    gradient += width;
    in_gradient += width;
  }
}

DK_MULTIVERSION void scale_gradient(const float* gradient, float* in_gradient, std::size_t size,
                                    std::size_t width, const float* scale) {
  for (; size > 0; size -= std::min(size, width), gradient += width, in_gradient += width) {
    const std::size_t count = std::min(size, width);
    for (std::size_t i = 0; i < count; ++i) in_gradient[i] = gradient[i] * scale[i];
  }
}

}  // namespace dk::model
