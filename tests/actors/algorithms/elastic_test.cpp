// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/elastic.hpp"

#include "tests/actors/algorithms/toy_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dk {
namespace {

using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::Pointwise;
using toy::close_round;
using toy::exchange;
using toy::Shard;
using toy::Vector;
using toy::Worker;

float rate(const nlohmann::json& parameters, std::uint32_t workers) {
  const AlgorithmConfig config{"aeasgd", parameters};
  ParameterReader reader(config, workers);
  const auto alpha = elastic_rate(reader, {});
  EXPECT_TRUE(reader.finish());
  return alpha;
}

std::string refusal(const nlohmann::json& parameters) {
  const auto made = make_algorithm({"aeasgd", parameters}, 4);
  return made ? "accepted" : made.error().message;
}

TEST(ElasticRate, IsThePapersShareOfTheWorkersUnlessAskedOtherwise) {
  const auto nothing = nlohmann::json::object();
  EXPECT_FLOAT_EQ(rate(nothing, 20), 0.045F);  // 0.9 / 20
  EXPECT_FLOAT_EQ(rate(nothing, 1), 0.9F);
  EXPECT_FLOAT_EQ(rate({{"beta", 0.5}}, 4), 0.125F);
  EXPECT_FLOAT_EQ(rate({{"alpha", 0.25}}, 4), 0.25F);
}

TEST(ElasticRate, IsDistKerasProductOnRequest) {
  EXPECT_FLOAT_EQ(rate({{"rho", 5}, {"learning_rate", 0.1}}, 20), 0.5F);
  EXPECT_FLOAT_EQ(rate({{"rho", 2}}, 20), 0.2F);                // learning_rate 0.1
  EXPECT_FLOAT_EQ(rate({{"learning_rate", 0.01}}, 20), 0.05F);  // rho 5
}

TEST(ElasticRate, RefusesWhatContradictsItselfOrOvershoots) {
  EXPECT_THAT(refusal({{"alpha", 0.1}, {"beta", 0.9}}), HasSubstr("give one of them"));
  EXPECT_THAT(refusal({{"alpha", 0.1}, {"rho", 1}}), HasSubstr("give one of them"));
  EXPECT_EQ(
      refusal({{"rho", 5}, {"learning_rate", 0.5}}),
      "algorithm 'aeasgd': 'rho' 5 times 'learning_rate' 0.5 is alpha = 2.5, allowed: above 0 "
      "and at most 1");
  EXPECT_EQ(refusal({{"beta", 1.5}}),
            "algorithm 'aeasgd': parameter 'beta' is 1.5, allowed: a number above 0 and at most 1");
}

TEST(Easgd, FollowsTheTraceOfTwoWorkers) {
  const auto easgd = toy::make("easgd", {{"alpha", 0.25}}, 2);  // beta = 2 * 0.25
  Shard shard(*easgd, {0, 8});
  Worker left(*easgd, 1, shard.centre());
  Worker right(*easgd, 2, shard.centre());
  left.step({4, 0});
  right.step({0, -8});
  close_round({&left, &right}, shard);
  // mean (2, 4): (0, 8) / 2 + (2, 4) / 2
  EXPECT_EQ(shard.centre(), (Vector{1, 6}));
  EXPECT_EQ(left.theta, (Vector{3, 8}));   // (4, 8) - ((4, 8) - (0, 8)) / 4: from the old centre
  EXPECT_EQ(right.theta, (Vector{0, 2}));  // (0, 0) - ((0, 0) - (0, 8)) / 4
  EXPECT_EQ(left.theta0, (Vector{1, 6}));  // the centre of the next round
  left.step({0, 0});
  right.step({0, 0});
  close_round({&left, &right}, shard);
  EXPECT_EQ(shard.centre(), (Vector{1.25, 5.5}));  // (1, 6) / 2 + (1.5, 5) / 2
  EXPECT_EQ(left.theta, (Vector{2.5, 7.5}));       // (3, 8) - (2, 2) / 4
}

TEST(Aeasgd, FollowsTheTraceOfTwoWorkers) {
  const auto aeasgd = toy::make("aeasgd", {{"alpha", 0.25}});
  Shard shard(*aeasgd, {0, 8});
  Worker left(*aeasgd, 1, shard.centre());
  Worker right(*aeasgd, 2, shard.centre());
  left.step({4, 0});
  right.step({0, -8});
  exchange(left, shard);  // E = ((4, 8) - (0, 8)) / 4
  EXPECT_EQ(shard.centre(), (Vector{1, 8}));
  EXPECT_EQ(left.theta, (Vector{3, 8}));
  exchange(right, shard);  // E = ((0, 0) - (1, 8)) / 4
  EXPECT_EQ(shard.centre(), (Vector{0.75, 6}));
  EXPECT_EQ(right.theta, (Vector{0.25, 2}));
  shard.revert(1);  // left is gone, half-way: its E (1, 0) comes out again
  EXPECT_EQ(shard.centre(), (Vector{-0.25, 6}));
}

TEST(Aeasgd, ARepeatedContributionMovesBothSidesOnce) {
  const auto aeasgd = toy::make("aeasgd", {{"alpha", 0.5}});
  Shard shard(*aeasgd, {0});
  Worker left(*aeasgd, 1, shard.centre());
  left.step({4});
  const auto contribution = left.contribute();
  shard.take(left.id, left.sequence, contribution);  // this answer is lost
  shard.take(2, 1, Vector{64});
  left.accept(shard.take(left.id, left.sequence, contribution));
  EXPECT_EQ(left.theta, Vector{2});  // 4 - (4 - 0) / 2, though the centre is elsewhere by now
}

// x <- x + v with v <- delta v - eta g(x + delta v), for f(x) = x^2 / 2 and eta = 1/4, beside it.
TEST(Eamsgd, LooksAheadDownHill) {
  const auto eamsgd = toy::make("eamsgd", {{"momentum", 0.5}});
  const Vector start = {8};
  Worker left(*eamsgd, 1, start);
  float x = 8;
  float v = 0;
  for (int i = 0; i < 4; ++i) {
    left.step([](const Vector& theta) { return Vector{-theta[0] / 4}; });
    const float ahead = x + v / 2;
    v = v / 2 - ahead / 4;
    x += v;
    EXPECT_EQ(left.theta, Vector{x}) << "step " << i;
    EXPECT_EQ(left.slots[0], Vector{v}) << "step " << i;
  }
  EXPECT_LT(left.theta[0], 8 * 0.75F * 0.75F * 0.75F * 0.75F) << "momentum did not help";
}

TEST(Eamsgd, WithoutMomentumIsAeasgd) {
  const auto eamsgd = toy::make("eamsgd", {{"momentum", 0}});
  const auto aeasgd = toy::make("aeasgd");
  Shard first(*eamsgd, {1, 2});
  Shard second(*aeasgd, {1, 2});
  Worker left(*eamsgd, 1, first.centre());
  Worker right(*aeasgd, 1, second.centre());
  for (int i = 0; i < 5; ++i) {
    left.step({0.25, -1});
    right.step({0.25, -1});
    exchange(left, first);
    exchange(right, second);
  }
  EXPECT_THAT(first.centre(), Pointwise(FloatNear(1e-6F), second.centre()));
  EXPECT_THAT(left.theta, Pointwise(FloatNear(1e-6F), right.theta));
}

}  // namespace
}  // namespace dk
