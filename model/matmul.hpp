// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

namespace dk::model {

/// The three products of a dense layer, row major, result overwritten. x: n * in, kernel: in * out,
/// y: n * out. OpenBLAS with as many threads as `use_threads` says.

/// y = x * kernel
void multiply(const float* x, const float* kernel, float* y, std::size_t n, std::size_t in,
              std::size_t out);
/// kernel_gradient = x^T * y_gradient
void multiply_kernel_gradient(const float* x, const float* y_gradient, float* kernel_gradient,
                              std::size_t n, std::size_t in, std::size_t out);
/// x_gradient = y_gradient * kernel^T
void multiply_input_gradient(const float* y_gradient, const float* kernel, float* x_gradient,
                             std::size_t n, std::size_t in, std::size_t out);

/// A part of a wider matrix: its first float, and how many there are from row to row.
struct MatrixPart {
  float* data = nullptr;
  std::size_t stride = 0;
};
struct ConstMatrixPart {
  const float* data = nullptr;
  std::size_t stride = 0;
};

/// The same three products of parts, times `scale`; with `add` added to what is there.
void multiply_parts(ConstMatrixPart x, ConstMatrixPart kernel, MatrixPart y, std::size_t n,
                    std::size_t in, std::size_t out, bool add, float scale = 1);
void kernel_gradient_parts(ConstMatrixPart x, ConstMatrixPart y_gradient,
                           MatrixPart kernel_gradient, std::size_t n, std::size_t in,
                           std::size_t out, bool add, float scale = 1);
void input_gradient_parts(ConstMatrixPart y_gradient, ConstMatrixPart kernel, MatrixPart x_gradient,
                          std::size_t n, std::size_t in, std::size_t out, bool add,
                          float scale = 1);

}  // namespace dk::model
