// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/multiversion.hpp"
#include "model/activations/builtin.hpp"
#include "model/activations/vector_math.hpp"

#include <algorithm>
#include <limits>

namespace dk::model {
namespace {

DK_MULTIVERSION void forward(float* values, const float* bias, float*, std::size_t rows,
                             std::size_t width) {
  for (std::size_t r = 0; r < rows; ++r) {
    float* row = values + r * width;
    if (bias != nullptr) {
#pragma omp simd
      for (std::size_t i = 0; i < width; ++i) row[i] += bias[i];
    }
    float largest = -std::numeric_limits<float>::infinity();
#pragma omp simd reduction(max : largest)
    for (std::size_t i = 0; i < width; ++i) largest = row[i] > largest ? row[i] : largest;
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (std::size_t i = 0; i < width; ++i) {
      const float e = fast::exp(row[i] - largest);
      row[i] = e;
      sum += e;
    }
    const float factor = 1 / sum;
#pragma omp simd
    for (std::size_t i = 0; i < width; ++i) row[i] *= factor;
  }
}

/// dL/dz_i = y_i * (g_i - sum_j g_j y_j)
DK_MULTIVERSION void backward(const float* outputs, const float*, float* gradient,
                              float* bias_gradient, std::size_t rows, std::size_t width) {
  if (bias_gradient != nullptr) std::fill_n(bias_gradient, width, 0.0F);
  for (std::size_t r = 0; r < rows; ++r) {
    const float* y = outputs + r * width;
    float* g = gradient + r * width;
    float dot = 0;
#pragma omp simd reduction(+ : dot)
    for (std::size_t i = 0; i < width; ++i) dot += g[i] * y[i];
#pragma omp simd
    for (std::size_t i = 0; i < width; ++i) g[i] = y[i] * (g[i] - dot);
    if (bias_gradient == nullptr) continue;
#pragma omp simd
    for (std::size_t i = 0; i < width; ++i) bias_gradient[i] += g[i];
  }
}

}  // namespace

const Activation kSoftmax{"softmax", false, forward, backward};

}  // namespace dk::model
