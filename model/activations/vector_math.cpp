// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/activations/vector_math.hpp"

#include "base/multiversion.hpp"

namespace dk::model {

DK_MULTIVERSION void exp_array(const float* in, float* out, std::size_t n) {
#pragma omp simd
  for (std::size_t i = 0; i < n; ++i) out[i] = fast::exp(in[i]);
}

DK_MULTIVERSION void sigmoid_array(const float* in, float* out, std::size_t n) {
#pragma omp simd
  for (std::size_t i = 0; i < n; ++i) out[i] = fast::sigmoid(in[i]);
}

DK_MULTIVERSION void tanh_array(const float* in, float* out, std::size_t n) {
#pragma omp simd
  for (std::size_t i = 0; i < n; ++i) out[i] = fast::tanh(in[i]);
}

}  // namespace dk::model
