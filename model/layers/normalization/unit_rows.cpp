// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/normalization/unit_rows.hpp"

#include "model/layers/normalization/row_loops.hpp"

#include <algorithm>
#include <cmath>

namespace dk::model {
namespace {

constexpr float kLeastSquare = 1e-12F;

}  // namespace

void normalize_rows(const float* in, float* out, float* inverse_norms, std::size_t rows,
                    std::size_t width) {
  for (std::size_t row = 0; row < rows; ++row, in += width, out += width) {
    const float square = row_dot(in, in, width);
    const float inverse = 1 / std::sqrt(square < kLeastSquare ? kLeastSquare : square);
    inverse_norms[row] = inverse;
    for (std::size_t i = 0; i < width; ++i) out[i] = in[i] * inverse;
  }
}

void normalize_rows_backward(const float* out, const float* inverse_norms, const float* gradient,
                             float* in_gradient, std::size_t rows, std::size_t width) {
  const float bound = 1 / std::sqrt(kLeastSquare);
  for (std::size_t row = 0; row < rows; ++row) {
    // A norm at its bound does not change with the input.
    const float along = inverse_norms[row] < bound ? row_dot(out, gradient, width) : 0.0F;
    for (std::size_t i = 0; i < width; ++i) {
      in_gradient[i] = (gradient[i] - out[i] * along) * inverse_norms[row];
    }
    out += width;
    gradient += width;
    in_gradient += width;
  }
}

}  // namespace dk::model
