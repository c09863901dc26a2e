// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/matmul.hpp"

#include <cblas.h>

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

void multiply_parts(ConstMatrixPart x, ConstMatrixPart kernel, MatrixPart y, std::size_t n,
                    std::size_t in, std::size_t out, bool add, float scale) {
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, size(n), size(out), size(in), scale,
              x.data, size(x.stride), kernel.data, size(kernel.stride), add ? 1 : 0, y.data,
              size(y.stride));
}

void kernel_gradient_parts(ConstMatrixPart x, ConstMatrixPart y_gradient,
                           MatrixPart kernel_gradient, std::size_t n, std::size_t in,
                           std::size_t out, bool add, float scale) {
  cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, size(in), size(out), size(n), scale, x.data,
              size(x.stride), y_gradient.data, size(y_gradient.stride), add ? 1 : 0,
              kernel_gradient.data, size(kernel_gradient.stride));
}

void input_gradient_parts(ConstMatrixPart y_gradient, ConstMatrixPart kernel, MatrixPart x_gradient,
                          std::size_t n, std::size_t in, std::size_t out, bool add, float scale) {
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, size(n), size(in), size(out), scale,
              y_gradient.data, size(y_gradient.stride), kernel.data, size(kernel.stride),
              add ? 1 : 0, x_gradient.data, size(x_gradient.stride));
}

}  // namespace dk::model
