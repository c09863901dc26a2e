// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

/// For what a DK_MULTIVERSION loop calls: only what is inlined is compiled for its machine.
#define DK_INLINE [[gnu::always_inline]] inline

namespace dk::model {

/// out[i] = e^in[i] and so on, each vectorised and within 4 units in the last place; `in` may be
/// `out`. NaN passes through.
void exp_array(const float* in, float* out, std::size_t n);
void sigmoid_array(const float* in, float* out, std::size_t n);  ///< 1 / (1 + e^-x)
void tanh_array(const float* in, float* out, std::size_t n);

/// The same for one value, without a branch, so that a loop over them vectorises.
namespace fast {

/// x = n * ln 2 + r with a whole n and |r| <= ln 2 / 2.
struct Reduced {
  float n_power_half;      ///< 2^floor(n/2)
  float n_power_rest;      ///< 2^(n - floor(n/2)): two factors, for 2^n itself may overflow.
  float exp_of_r_minus_1;  ///< Taylor to r^7: relative error below 1e-8.
};

DK_INLINE Reduced reduce(float x) {
  constexpr float kShifter = 12582912;  // 1.5 * 2^23: adding it rounds to a whole number.
  constexpr float kLog2E = 1.44269504F;
  constexpr float kLn2High = 0.693359375F;  // Few bits, so that n * kLn2High is exact.
  constexpr float kLn2Low = -2.12194440e-4F;
  // Below, e^x is 0, above, infinite. NaN stays.
  x = x < -104.0F ? -104.0F : x;
  x = x > 89.0F ? 89.0F : x;
  const float shifted = x * kLog2E + kShifter;
  const std::int32_t n =
      std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(kShifter);
  const float whole = shifted - kShifter;
  const float r = (x - whole * kLn2High) - whole * kLn2Low;
  float p = 1.0F / 5040;
  p = p * r + 1.0F / 720;
  p = p * r + 1.0F / 120;
  p = p * r + 1.0F / 24;
  p = p * r + 1.0F / 6;
  p = p * r + 0.5F;
  const std::int32_t half = n >> 1;
  return {std::bit_cast<float>((half + 127) << 23), std::bit_cast<float>((n - half + 127) << 23),
          p * r * r + r};
}

DK_INLINE float exp(float x) {
  const Reduced e = reduce(x);
  return (1 + e.exp_of_r_minus_1) * e.n_power_half * e.n_power_rest;
}

/// e^x - 1, without cancellation at small x. Not for x above 88.
DK_INLINE float expm1(float x) {
  const Reduced e = reduce(x);
  const float power = e.n_power_half * e.n_power_rest;
  return e.exp_of_r_minus_1 * power + (power - 1);
}

DK_INLINE float sigmoid(float x) {
  return 1 / (1 + exp(-x));
}

DK_INLINE float tanh(float x) {
  const float t = expm1(-2 * std::fabs(x));
  return std::copysign(t / (t + 2), x);
}

/// 2 artanh(s) = log((1 + s) / (1 - s)), for |s| <= 1/3.
DK_INLINE float twice_artanh(float s) {
  const float z = s * s;
  float p = 1.0F / 15;
  p = p * z + 1.0F / 13;
  p = p * z + 1.0F / 11;
  p = p * z + 1.0F / 9;
  p = p * z + 1.0F / 7;
  p = p * z + 1.0F / 5;
  p = p * z + 1.0F / 3;
  return 2 * (p * z * s + s);
}

/// log(1 + x) for x in [0, 1].
DK_INLINE float log1p_unit(float x) {
  return twice_artanh(x / (2 + x));
}

/// log(1 + e^x)
DK_INLINE float softplus(float x) {
  const float rest = log1p_unit(exp(-std::fabs(x)));
  return x < 0 ? rest : x + rest;
}

/// Natural logarithm; that of less than the least normal number is -infinity, of a negative one
/// NaN.
DK_INLINE float log(float x) {
  // x = 2^n * m with m in [sqrt(1/2), sqrt(2)).
  constexpr std::uint32_t kSqrtHalf = 0x3f3504f3;
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::int32_t n = static_cast<std::int32_t>(bits - kSqrtHalf) >> 23;
  const float m = std::bit_cast<float>(bits - (static_cast<std::uint32_t>(n) << 23));
  const float whole = static_cast<float>(n);
  const float y = whole * 0.693359375F + (twice_artanh((m - 1) / (m + 1)) + whole * -2.1219444e-4F);
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const float low = x < 0 ? std::numeric_limits<float>::quiet_NaN() : -kInfinity;
  const float positive = x < std::numeric_limits<float>::min() ? low : y;
  return x < kInfinity ? positive : x;  // Infinity and NaN themselves.
}

/// The standard normal's distribution function, erfc(-x / sqrt 2) / 2, with the approximation of
/// erfc of Press et al., Numerical Recipes: relative error below 1.2e-7 plus rounding.
DK_INLINE float normal_cdf(float x) {
  const float z = std::fabs(x) * 0.70710678F;
  const float t = 1 / (1 + 0.5F * z);
  float p = 0.17087277F;
  p = p * t - 0.82215223F;
  p = p * t + 1.48851587F;
  p = p * t - 1.13520398F;
  p = p * t + 0.27886807F;
  p = p * t - 0.18628806F;
  p = p * t + 0.09678418F;
  p = p * t + 0.37409196F;
  p = p * t + 1.00002368F;
  p = p * t - 1.26551223F;
  const float tail = 0.5F * t * exp(p - z * z);
  return x < 0 ? tail : 1 - tail;
}

}  // namespace fast
}  // namespace dk::model
