// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/actors/algorithms/toy_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dk {
namespace {

using ::testing::FloatEq;
using ::testing::Pointwise;
using toy::exchange;
using toy::Shard;
using toy::Vector;
using toy::Worker;

// All numbers are sums of powers of two, so that float arithmetic is exact.
TEST(Downpour, FollowsTheTraceOfTwoWorkers) {
  const auto downpour = toy::make("downpour");
  Shard shard(*downpour, {1, -2});
  Worker left(*downpour, 1, shard.centre());
  Worker right(*downpour, 2, shard.centre());
  left.step({-0.5, 0.25});
  left.step({-0.5, 0.25});  // left: (0, -1.5), d = (-1, 0.5)
  right.step({0.25, 1});    // right: (1.25, -1), d = (0.25, 1)
  exchange(left, shard);
  EXPECT_EQ(shard.centre(), (Vector{0, -1.5}));  // (1, -2) + (-1, 0.5)
  exchange(right, shard);
  EXPECT_EQ(shard.centre(), (Vector{0.25, -0.5}));  // (0, -1.5) + (0.25, 1)
  EXPECT_EQ(left.theta, (Vector{0, -1.5}));
  EXPECT_EQ(right.theta, (Vector{0.25, -0.5}));
  EXPECT_EQ(right.theta0, right.theta);
  left.step({1, 1});  // d counts from what left's own last exchange brought
  exchange(left, shard);
  EXPECT_EQ(shard.centre(), (Vector{1.25, 0.5}));
}

TEST(Adag, FollowsTheTraceOfTwoWorkers) {
  const auto adag = toy::make("adag");
  Shard shard(*adag, {1, -2});
  Worker left(*adag, 1, shard.centre());
  Worker right(*adag, 2, shard.centre());
  for (int i = 0; i < 4; ++i) left.step({-0.5, 0.25});  // difference (-2, 1), r = (-0.5, 0.25)
  right.step({1, 0});
  right.step({1, 2});  // difference (2, 2), r = (1, 1)
  exchange(left, shard);
  EXPECT_EQ(shard.centre(), (Vector{0.5, -1.75}));
  exchange(right, shard);
  EXPECT_EQ(shard.centre(), (Vector{1.5, -0.75}));
  EXPECT_EQ(left.theta, (Vector{0.5, -1.75}));  // its own steps are scaled down as well
  EXPECT_EQ(left.theta0, left.theta);
  EXPECT_EQ(right.theta, (Vector{1.5, -0.75}));
}

TEST(Adag, DividesByTheStepsDoneAndNotByTheWindow) {
  Vector r(1);
  toy::make("adag")->contribute(Vector{4}, Vector{1}, 3, r);
  EXPECT_THAT(r, Pointwise(FloatEq(), Vector{1}));
}

TEST(Adag, WithOneStepIsDownpour) {
  const Vector theta = {0.1F, 0.7F, -3.3F};
  const Vector theta0 = {0.2F, 0.6F, 9.1F};
  Vector adag(3);
  Vector downpour(3);
  toy::make("adag")->contribute(theta, theta0, 1, adag);
  toy::make("downpour")->contribute(theta, theta0, 1, downpour);
  EXPECT_EQ(adag, downpour);
}

TEST(Ssp, AddsLikeDownpourAndBoundsTheStaleness) {
  const auto ssp = toy::make("ssp");
  EXPECT_EQ(ssp->pace().kind, Pace::Kind::kBounded);
  EXPECT_EQ(ssp->pace().staleness, 3U);
  EXPECT_EQ(toy::make("ssp", {{"staleness", 0}})->pace().staleness, 0U);
  Shard shard(*ssp, {1});
  Worker left(*ssp, 1, shard.centre());
  Worker right(*ssp, 2, shard.centre());
  left.step({0.5});
  right.step({-2});
  exchange(left, shard);   // 1 + 0.5
  exchange(right, shard);  // 1.5 - 2
  EXPECT_EQ(shard.centre(), Vector{-0.5});
  EXPECT_EQ(left.theta, Vector{1.5});
  EXPECT_EQ(right.theta, Vector{-0.5});
}

TEST(Dynsgd, WeighsAContributionByHowStaleItIs) {
  const auto dynsgd = toy::make("dynsgd");
  Shard shard(*dynsgd, {0});
  Worker left(*dynsgd, 1, shard.centre());
  Worker right(*dynsgd, 2, shard.centre());
  shard.welcome(1);
  shard.welcome(2);
  right.step({4});
  left.step({1});
  exchange(left, shard);  // tau = 0: 0 + 1
  EXPECT_EQ(shard.centre(), Vector{1});
  left.step({2});
  exchange(left, shard);  // left's own contribution made nobody but right stale: 1 + 2
  left.step({-1});
  exchange(left, shard);  // 3 - 1
  EXPECT_EQ(shard.staleness(2), 3U);
  exchange(right, shard);  // tau = 3: 2 + 4 / 4
  EXPECT_EQ(shard.centre(), Vector{3});
  EXPECT_EQ(right.theta, Vector{3});
  left.step({8});
  exchange(left, shard);  // tau = 1: 3 + 8 / 2, and 8 counted from left's 2
  EXPECT_EQ(shard.centre(), Vector{7});
  EXPECT_EQ(right.theta0, Vector{3});
}

TEST(Dynsgd, RevertsWithTheStalenessThatItTookWith) {
  const auto dynsgd = toy::make("dynsgd");
  Shard shard(*dynsgd, {0});
  Worker left(*dynsgd, 1, shard.centre());
  Worker right(*dynsgd, 2, shard.centre());
  shard.welcome(1);
  shard.welcome(2);
  left.step({1});
  exchange(left, shard);
  right.step({4});
  exchange(right, shard);  // tau = 1: 1 + 4 / 2
  left.step({1});
  exchange(left, shard);  // tau = 1: 3 + 1 / 2
  shard.revert(2);
  EXPECT_EQ(shard.centre(), Vector{1.5});
}

TEST(Experimental, DampsWhatTheCentreHasLeftBehind) {
  const auto algorithm = toy::make("adag-distance", {{"learning_rate", 4}});
  Shard shard(*algorithm, {0, 0});
  Worker left(*algorithm, 1, shard.centre());
  Worker right(*algorithm, 2, shard.centre());
  left.step({2, 2});
  left.step({2, 2});
  exchange(left, shard);  // r = (4, 4) / 2, a first contribution is added as it is
  EXPECT_EQ(shard.centre(), (Vector{2, 2}));
  right.step({2, 0});
  exchange(right, shard);
  EXPECT_EQ(shard.centre(), (Vector{4, 2}));
  left.step({4, 4});
  exchange(left, shard);  // distances (2, 0): (4, 2) + (4 / (4 / 4 + 1), 4 / (0 + 1))
  EXPECT_EQ(shard.centre(), (Vector{6, 6}));
  EXPECT_EQ(left.theta, (Vector{6, 6}));
  EXPECT_EQ(left.theta0, left.theta);
}

}  // namespace
}  // namespace dk
