// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/single.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace dk {
namespace {

TEST(Single, TheCentreIsBitForBitWhatTheWorkerTrained) {
  const AlgorithmConfig config{"single"};
  ParameterReader parameters(config, 1);
  const Single single(parameters);
  const std::vector<float> theta = {1e-20F, -3.1F, 1e20F};
  const std::vector<float> theta0 = {1, 2, 3};
  std::vector<float> contribution(3);
  std::vector<float> centre = {7, 8, 9};
  single.contribute(theta, theta0, 5, contribution);
  single.take(centre, contribution, {}, {}, {});
  EXPECT_EQ(centre, theta);
}

TEST(Single, IsForOneWorkerThatGetsNothingBack) {
  const AlgorithmConfig config{"single"};
  ParameterReader parameters(config, 1);
  const Single single(parameters);
  EXPECT_EQ(single.window(), 64U);
  EXPECT_EQ(single.max_workers(), 1U);
  EXPECT_FALSE(single.fetches(1));
  EXPECT_FALSE(single.reversible());
}

}  // namespace
}  // namespace dk
