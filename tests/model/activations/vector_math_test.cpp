// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/activations/vector_math.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace dk::model {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

using ArrayFunction = void (*)(const float*, float*, std::size_t);

/// The largest distance from `exact` in units in the last place, over a million arguments.
template <class F, class Exact>
double worst_ulp(F function, Exact exact, double from, double to) {
  constexpr int kSteps = 1'000'000;
  std::vector<float> in;
  for (int i = 0; i <= kSteps; ++i) {
    in.push_back(static_cast<float>(from + (to - from) * i / kSteps));
  }
  std::vector<float> out(in.size());
  function(in.data(), out.data(), in.size());
  double worst = 0;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const double want = exact(static_cast<double>(in[i]));
    int exponent = 0;
    std::frexp(want, &exponent);
    const double unit = std::ldexp(1.0, std::max(exponent - 24, -149));
    const double distance = std::fabs(out[i] - want) / unit;
    if (!(distance <= worst)) worst = distance;
  }
  return worst;
}

template <class F>
auto each(F function) {
  return [function](const float* in, float* out, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) out[i] = function(in[i]);
  };
}

std::vector<float> applied(ArrayFunction function, std::vector<float> values) {
  function(values.data(), values.data(), values.size());
  return values;
}

TEST(VectorMath, ExpIsCloseToTheExactOneEverywhere) {
  const auto exact = [](double x) { return std::exp(x); };
  EXPECT_LT(worst_ulp(exp_array, exact, -1, 1), 2);
  EXPECT_LT(worst_ulp(exp_array, exact, -103, 88.7), 2);  // With the subnormal numbers.
}

TEST(VectorMath, SigmoidAndTanhAreCloseToTheExactOnes) {
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  EXPECT_LT(worst_ulp(sigmoid_array, sigmoid, -87, 87), 4);
  EXPECT_LT(worst_ulp(sigmoid_array, sigmoid, -1, 1), 4);
  const auto tanh = [](double x) { return std::tanh(x); };
  EXPECT_LT(worst_ulp(tanh_array, tanh, -20, 20), 4);
  EXPECT_LT(worst_ulp(tanh_array, tanh, -0.01, 0.01), 4);
}

TEST(VectorMath, LogarithmsAreCloseToTheExactOnes) {
  const auto log = [](double x) { return std::log(x); };
  EXPECT_LT(worst_ulp(each([](float x) { return fast::log(x); }), log, 1e-7, 4), 4);
  EXPECT_LT(worst_ulp(each([](float x) { return fast::log(x); }), log, 1, 3e38), 4);
  const auto log1p = [](double x) { return std::log1p(x); };
  EXPECT_LT(worst_ulp(each([](float x) { return fast::log1p_unit(x); }), log1p, 0, 1), 4);
  const auto expm1 = [](double x) { return std::expm1(x); };
  EXPECT_LT(worst_ulp(each([](float x) { return fast::expm1(x); }), expm1, -1, 80), 4);
  const auto softplus = [](double x) { return std::log1p(std::exp(x)); };
  EXPECT_LT(worst_ulp(each([](float x) { return fast::softplus(x); }), softplus, -30, 80), 4);
}

TEST(VectorMath, NormalDistributionIsWithinAMillionth) {
  for (double x = -6; x <= 6; x += 1.0 / 1024) {
    const double exact = std::erfc(-x / std::sqrt(2.0)) / 2;
    EXPECT_NEAR(fast::normal_cdf(static_cast<float>(x)), exact, 1e-5 * exact) << x;
  }
}

TEST(VectorMath, ExtremesAreWhatTheLimitsAre) {
  const std::vector<float> in{-kInfinity, -1e4F, 1e4F, kInfinity, 0};
  EXPECT_EQ(applied(exp_array, in), (std::vector<float>{0, 0, kInfinity, kInfinity, 1}));
  EXPECT_EQ(applied(sigmoid_array, in), (std::vector<float>{0, 0, 1, 1, 0.5F}));
  EXPECT_EQ(applied(tanh_array, in), (std::vector<float>{-1, -1, 1, 1, 0}));
  EXPECT_EQ(fast::log(0), -kInfinity);
  EXPECT_EQ(fast::log(kInfinity), kInfinity);
  EXPECT_TRUE(std::isnan(fast::log(-1)));
}

TEST(VectorMath, NanPassesThrough) {
  for (const ArrayFunction function : {exp_array, sigmoid_array, tanh_array}) {
    // Some lie in the vectorised part, some in the rest.
    const auto out = applied(function, std::vector<float>(19, kNan));
    EXPECT_TRUE(std::all_of(out.begin(), out.end(), [](float y) { return std::isnan(y); }));
  }
  EXPECT_TRUE(std::isnan(fast::log(kNan)));
  EXPECT_TRUE(std::isnan(fast::softplus(kNan)));
  EXPECT_TRUE(std::isnan(fast::normal_cdf(kNan)));
}

}  // namespace
}  // namespace dk::model
