// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/downpour.hpp"

#include "tests/actors/algorithms/toy_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace dk {
namespace {

using ::testing::FloatNear;
using ::testing::Pointwise;
using toy::exchange;
using toy::Shard;
using toy::Vector;
using toy::Worker;

constexpr float kRounding = 1e-6F;

TEST(DownpourFetching, GoesOnByItselfBetweenFetches) {
  const auto downpour = toy::make("downpour", {{"n_push", 2}, {"n_fetch", 4}});
  EXPECT_EQ(downpour->window(), 2U);
  EXPECT_FALSE(downpour->fetches(1));
  EXPECT_TRUE(downpour->fetches(2));
  Shard shard(*downpour, {0});
  Worker left(*downpour, 1, shard.centre());
  Worker right(*downpour, 2, shard.centre());
  right.step({16});
  exchange(right, shard);  // fetches nothing
  EXPECT_EQ(shard.centre(), Vector{16});
  EXPECT_EQ(right.theta, Vector{16});
  left.step({1});
  left.step({1});
  exchange(left, shard);  // 16 + 2; left does not hear of the 16
  EXPECT_EQ(left.theta, Vector{2});
  EXPECT_EQ(left.theta0, Vector{2});
  left.step({4});
  exchange(left, shard);  // only the 4 is new: 18 + 4
  EXPECT_EQ(shard.centre(), Vector{22});
  EXPECT_EQ(left.theta, Vector{22});
}

TEST(DownpourFetching, IsAtEachPushUnlessAskedForLess) {
  const auto downpour = toy::make("downpour", {{"window", 7}});
  EXPECT_EQ(downpour->window(), 7U);
  EXPECT_TRUE(downpour->fetches(1));
}

TEST(DownpourWithAdagrad, DividesByTheRootOfTheSquaresSoFar) {
  const auto downpour =
      toy::make("downpour", {{"server", "adagrad"}, {"learning_rate", 0.5}, {"epsilon", 1e-10}});
  Shard shard(*downpour, {1, 1});
  Worker left(*downpour, 1, shard.centre());
  Worker right(*downpour, 2, shard.centre());
  left.step({3, 0});
  right.step({4, -0.25});
  exchange(left, shard);  // 1 + 0.5 * 3 / 3; nothing for a weight that did not move
  EXPECT_THAT(shard.centre(), Pointwise(FloatNear(kRounding), Vector{1.5, 1}));
  exchange(right, shard);  // 1.5 + 0.5 * 4 / 5;  1 - 0.5 * 0.25 / 0.25
  EXPECT_THAT(shard.centre(), Pointwise(FloatNear(kRounding), Vector{1.9F, 0.5}));
  EXPECT_EQ(right.theta, shard.centre());
  EXPECT_THAT(shard.slots()[0], Pointwise(FloatNear(kRounding), Vector{25, 0.0625}));
}

TEST(DownpourWithAdam, FollowsTheFormulaInDoublePrecision) {
  const nlohmann::json parameters = {{"server", "adam"}, {"learning_rate", 0.25}, {"beta_1", 0.5},
                                     {"beta_2", 0.75},   {"epsilon", 1e-3},       {"n_fetch", 10}};
  const auto downpour = toy::make("downpour", parameters);
  Shard shard(*downpour, {2});
  Worker left(*downpour, 1, shard.centre());
  double m = 0;
  double v = 0;
  double centre = 2;
  const float changes[] = {1, -3, 0.5, 0.25, 8};
  for (int t = 1; t <= 5; ++t) {
    const double d = changes[t - 1];
    left.step({changes[t - 1]});
    exchange(left, shard);
    m = 0.5 * m + 0.5 * d;
    v = 0.75 * v + 0.25 * d * d;
    const double m_hat = m / (1 - std::pow(0.5, t));
    const double v_hat = v / (1 - std::pow(0.75, t));
    centre += 0.25 * m_hat / (std::sqrt(v_hat) + 1e-3);
    EXPECT_NEAR(shard.centre()[0], centre, 1e-5) << "contribution " << t;
  }
}

TEST(DownpourWithARuleAtTheServer, CannotTakeAContributionBack) {
  EXPECT_TRUE(toy::make("downpour")->reversible());
  EXPECT_FALSE(toy::make("downpour", {{"server", "adagrad"}})->reversible());
  EXPECT_FALSE(toy::make("downpour", {{"server", "adam"}})->reversible());
}

TEST(Downpour, WarmStartLeavesTheBeginningToOneWorker) {
  EXPECT_EQ(toy::make("downpour")->pace().warm_start, 0U);
  const auto pace = toy::make("downpour", {{"warm_start", 20}})->pace();
  EXPECT_EQ(pace.warm_start, 20U);
  EXPECT_EQ(pace.kind, Pace::Kind::kFree);
}

}  // namespace
}  // namespace dk
