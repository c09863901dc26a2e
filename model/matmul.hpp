// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

namespace dk::model {

/// The three products of a dense layer, row major, result overwritten. x: n * in, kernel: in * out,
/// y: n * out. OpenBLAS on the calling thread only: a machine's cores belong to its workers.

/// y = x * kernel
void multiply(const float* x, const float* kernel, float* y, std::size_t n, std::size_t in,
              std::size_t out);
/// kernel_gradient = x^T * y_gradient
void multiply_kernel_gradient(const float* x, const float* y_gradient, float* kernel_gradient,
                              std::size_t n, std::size_t in, std::size_t out);
/// x_gradient = y_gradient * kernel^T
void multiply_input_gradient(const float* y_gradient, const float* kernel, float* x_gradient,
                             std::size_t n, std::size_t in, std::size_t out);

/// Once before the first product: no threads of OpenBLAS' own.
void prepare_matmul();

}  // namespace dk::model
