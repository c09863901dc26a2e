// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

namespace dk::model {

/// The loops of the layers that normalize one row (or a part of it) by one mean and one deviation.
/// Sums run in several lanes, so that they vectorise and lose little.

[[nodiscard]] float row_sum(const float* x, std::size_t size);
/// sum (x - mean)^2
[[nodiscard]] float row_squares(const float* x, std::size_t size, float mean);
[[nodiscard]] float row_dot(const float* a, const float* b, std::size_t size);

/// out = (x - mean) * inverse * gamma + beta. `out` may be `x`.
void normalize_row(const float* x, float* out, std::size_t size, float mean, float inverse,
                   const float* gamma, const float* beta);

/// What the gradient of a row needs of all of it, with x' = (x - mean) * inverse.
struct RowGradientSums {
  float gradient = 0;  ///< sum gradient * gamma
  float product = 0;   ///< sum gradient * gamma * x'
};

/// Also gamma_gradient += gradient * x' and beta_gradient += gradient.
[[nodiscard]] RowGradientSums row_gradient_sums(const float* x, const float* gradient,
                                                std::size_t size, float mean, float inverse,
                                                const float* gamma, float* gamma_gradient,
                                                float* beta_gradient);

/// in_gradient = inverse * (gradient * gamma - means.gradient - x' * means.product), the sums of
/// the whole row divided by its length. May be `gradient`.
void row_gradient(const float* x, const float* gradient, float* in_gradient, std::size_t size,
                  float mean, float inverse, const float* gamma, const RowGradientSums& means);

}  // namespace dk::model
