// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/matmul.hpp"

#include <cblas.h>

#include <mutex>

namespace dk::model {
namespace {

blasint size(std::size_t n) {
  return static_cast<blasint>(n);
}

}  // namespace

void multiply(const float* x, const float* kernel, float* y, std::size_t n, std::size_t in,
              std::size_t out) {
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, size(n), size(out), size(in), 1, x,
              size(in), kernel, size(out), 0, y, size(out));
}

void multiply_kernel_gradient(const float* x, const float* y_gradient, float* kernel_gradient,
                              std::size_t n, std::size_t in, std::size_t out) {
  cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, size(in), size(out), size(n), 1, x, size(in),
              y_gradient, size(out), 0, kernel_gradient, size(out));
}

void multiply_input_gradient(const float* y_gradient, const float* kernel, float* x_gradient,
                             std::size_t n, std::size_t in, std::size_t out) {
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, size(n), size(in), size(out), 1, y_gradient,
              size(out), kernel, size(out), 0, x_gradient, size(in));
}

void prepare_matmul() {
  static std::once_flag once;
  std::call_once(once, [] { openblas_set_num_threads(1); });
}

}  // namespace dk::model
