// SPDX-License-Identifier: GPL-3.0-or-later
// The algorithms that train in rounds.
#include "tests/actors/algorithms/toy_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dk {
namespace {

using ::testing::FloatNear;
using ::testing::Pointwise;
using toy::close_round;
using toy::Shard;
using toy::Vector;
using toy::Worker;

TEST(Averaging, IsTheMeanInEveryEpochAndKeepsNothingOfTheOneBefore) {
  const auto averaging = toy::make("averaging");
  Shard shard(*averaging, {100});
  Worker left(*averaging, 1, shard.centre());
  Worker right(*averaging, 2, shard.centre());
  left.theta = {1};
  right.theta = {4};
  close_round({&left, &right}, shard);
  EXPECT_EQ(shard.centre(), Vector{2.5});
  EXPECT_EQ(left.theta, Vector{2.5});
  EXPECT_EQ(right.theta0, Vector{2.5});
  left.theta = {1};
  right.theta = {4};
  close_round({&left, &right}, shard);
  EXPECT_EQ(shard.centre(), Vector{2.5});  // dist-keras: 2.5 + 2.5 / n
}

TEST(Averaging, TrainsAnEpochsShareWithAFreshOptimizerUnlessAskedOtherwise) {
  EXPECT_EQ(toy::make("averaging", nlohmann::json::object(), 4, 375)->window(), 375U);
  EXPECT_TRUE(toy::make("averaging")->fresh_optimizer());
  const auto other = toy::make("averaging", {{"window", 9}, {"fresh_optimizer", false}}, 4, 375);
  EXPECT_EQ(other->window(), 9U);
  EXPECT_FALSE(other->fresh_optimizer());
}

TEST(Sparknet, AveragesWeightsAndLeavesTheOptimizersAlone) {
  const auto sparknet = toy::make("sparknet");
  EXPECT_EQ(sparknet->window(), 50U);
  EXPECT_FALSE(sparknet->fresh_optimizer());
  Shard shard(*sparknet, {1, 1});
  Worker left(*sparknet, 1, shard.centre());
  Worker right(*sparknet, 2, shard.centre());
  left.step({2, -4});
  right.step({4, 0});
  close_round({&left, &right}, shard);
  EXPECT_EQ(shard.centre(), (Vector{4, -1}));  // ((3, -3) + (5, 1)) / 2
  EXPECT_EQ(right.theta, (Vector{4, -1}));
}

TEST(SyncSgd, MovesTheCentreByTheMeanStep) {
  const auto sync = toy::make("sync-sgd");
  EXPECT_EQ(sync->window(), 1U);
  Shard shard(*sync, {1, 1});
  Worker left(*sync, 1, shard.centre());
  Worker right(*sync, 2, shard.centre());
  left.step({2, -4});
  right.step({4, 0});
  close_round({&left, &right}, shard);
  EXPECT_EQ(shard.centre(), (Vector{4, -1}));
  left.step({1, 1});
  close_round({&left}, shard);  // right is a backup, and late
  EXPECT_EQ(shard.centre(), (Vector{5, 0}));
}

TEST(SyncSgd, EqualsSgdWithOneLargeBatch) {
  const auto sync = toy::make("sync-sgd");
  Shard shard(*sync, {3});
  Worker left(*sync, 1, shard.centre());
  Worker right(*sync, 2, shard.centre());
  float large = 3;
  for (int i = 0; i < 6; ++i) {
    // Examples are numbers t with the loss (theta - t)^2 / 2; left has {0, 2}, right has {4, 6}.
    left.step([](const Vector& theta) { return Vector{-(theta[0] - 1) / 4}; });
    right.step([](const Vector& theta) { return Vector{-(theta[0] - 5) / 4}; });
    close_round({&left, &right}, shard);
    large -= (large - 3) / 4;  // the mean of {0, 2, 4, 6} is 3
    EXPECT_EQ(shard.centre(), Vector{large});
  }
}

TEST(SyncSgd, SparesAsManyWorkersAsItIsTold) {
  EXPECT_EQ(toy::make("sync-sgd")->pace().spare, 0U);
  EXPECT_EQ(toy::make("sync-sgd", {{"backup_workers", 3}})->pace().spare, 3U);
}

TEST(Diloco, FollowsTheTraceOfTwoWorkers) {
  const auto diloco = toy::make("diloco", {{"learning_rate", 0.5}, {"momentum", 0.5}});
  Shard shard(*diloco, {8});
  Worker left(*diloco, 1, shard.centre());
  Worker right(*diloco, 2, shard.centre());
  left.step({-6});
  right.step({-2});
  close_round({&left, &right}, shard);  // g = 4, v = 4: 8 - (4 + 2) / 2
  EXPECT_EQ(shard.centre(), Vector{5});
  EXPECT_EQ(shard.slots()[0], Vector{4});
  left.step({-1});
  right.step({-3});
  close_round({&left, &right}, shard);  // g = 2, v = 2 + 2: 5 - (2 + 2) / 2
  EXPECT_EQ(shard.centre(), Vector{3});
  EXPECT_EQ(shard.slots()[0], Vector{4});
  EXPECT_EQ(left.theta, Vector{3});
}

TEST(Diloco, WithoutMomentumAndRateOneIsSparknet) {
  const auto diloco = toy::make("diloco", {{"learning_rate", 1}, {"momentum", 0}});
  const auto sparknet = toy::make("sparknet");
  Shard first(*diloco, {1, 2});
  Shard second(*sparknet, {1, 2});
  Worker left(*diloco, 1, first.centre());
  Worker right(*sparknet, 1, second.centre());
  for (int i = 0; i < 5; ++i) {
    left.step({0.3F, -1});
    right.step({0.3F, -1});
    close_round({&left}, first);
    close_round({&right}, second);
  }
  EXPECT_THAT(first.centre(), Pointwise(FloatNear(1e-6F), second.centre()));
}

TEST(Rounds, AreSummedInTheOrderOfTheWorkers) {
  const auto averaging = toy::make("averaging");
  Shard shard(*averaging, {0});
  // In float32, (2^25 - 2^25) + 1 is 1, and (1 - 2^25) + 2^25 is 0.
  shard.combine({{33554432}, {-33554432}, {1}, {1}});
  EXPECT_EQ(shard.centre(), Vector{0.5});
  shard.combine({{1}, {-33554432}, {33554432}, {0}});
  EXPECT_EQ(shard.centre(), Vector{0});
}

}  // namespace
}  // namespace dk
