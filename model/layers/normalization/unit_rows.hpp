// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

namespace dk::model {

/// out = in / |in|, row by row, with the L2 norm |in| = sqrt(max(sum in^2, 1e-12)), TensorFlow's
/// l2_normalize; inverse_norms (one for each row) gets 1 / |in|. `out` may be `in`.
void normalize_rows(const float* in, float* out, float* inverse_norms, std::size_t rows,
                    std::size_t width);

/// in_gradient = (gradient - out * (out . gradient)) / |in|. May be `gradient`.
void normalize_rows_backward(const float* out, const float* inverse_norms, const float* gradient,
                             float* in_gradient, std::size_t rows, std::size_t width);

}  // namespace dk::model
