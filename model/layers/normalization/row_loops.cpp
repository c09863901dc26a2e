// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/normalization/row_loops.hpp"

#include "base/multiversion.hpp"

namespace dk::model {
namespace {

constexpr std::size_t kLanes = 16;

[[gnu::always_inline]] inline float total(const float* lanes) {
  float sums[kLanes / 2];
  for (std::size_t lane = 0; lane < kLanes / 2; ++lane) {
    sums[lane] = lanes[lane] + lanes[lane + kLanes / 2];
  }
  return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

}  // namespace

DK_MULTIVERSION float row_sum(const float* x, std::size_t size) {
  float lanes[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += x[i + lane];
  }
  for (std::size_t lane = 0; i < size; ++i, ++lane) lanes[lane] += x[i];
  return total(lanes);
}

DK_MULTIVERSION float row_squares(const float* x, std::size_t size, float mean) {
  float lanes[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      lanes[lane] += (x[i + lane] - mean) * (x[i + lane] - mean);
    }
  }
  for (std::size_t lane = 0; i < size; ++i, ++lane) lanes[lane] += (x[i] - mean) * (x[i] - mean);
  return total(lanes);
}

DK_MULTIVERSION float row_dot(const float* a, const float* b, std::size_t size) {
  float lanes[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += a[i + lane] * b[i + lane];
  }
  for (std::size_t lane = 0; i < size; ++i, ++lane) lanes[lane] += a[i] * b[i];
  return total(lanes);
}

DK_MULTIVERSION void normalize_row(const float* x, float* out, std::size_t size, float mean,
                                   float inverse, const float* gamma, const float* beta) {
  for (std::size_t i = 0; i < size; ++i) {
    out[i] = (x[i] - mean) * (inverse * gamma[i]) + beta[i];
  }
}

DK_MULTIVERSION RowGradientSums row_gradient_sums(const float* __restrict x,
                                                  const float* __restrict gradient,
                                                  std::size_t size, float mean, float inverse,
                                                  const float* __restrict gamma,
                                                  float* __restrict gamma_gradient,
                                                  float* __restrict beta_gradient) {
  float sums[kLanes] = {};
  float products[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const float g = gradient[i + lane];
      const float normal = (x[i + lane] - mean) * inverse;
      gamma_gradient[i + lane] += g * normal;
      beta_gradient[i + lane] += g;
      sums[lane] += g * gamma[i + lane];
      products[lane] += g * gamma[i + lane] * normal;
    }
  }
  for (std::size_t lane = 0; i < size; ++i, ++lane) {
    const float normal = (x[i] - mean) * inverse;
    gamma_gradient[i] += gradient[i] * normal;
    beta_gradient[i] += gradient[i];
    sums[lane] += gradient[i] * gamma[i];
    products[lane] += gradient[i] * gamma[i] * normal;
  }
  return {total(sums), total(products)};
}

DK_MULTIVERSION void row_gradient(const float* x, const float* gradient, float* in_gradient,
                                  std::size_t size, float mean, float inverse, const float* gamma,
                                  const RowGradientSums& means) {
  const float shift = means.gradient;
  const float slope = means.product * inverse;
  for (std::size_t i = 0; i < size; ++i) {
    in_gradient[i] = inverse * (gradient[i] * gamma[i] - shift - (x[i] - mean) * slope);
  }
}

}  // namespace dk::model
