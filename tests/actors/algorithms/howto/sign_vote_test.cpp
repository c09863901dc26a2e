// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/actors/algorithms/howto/sign_vote.hpp"

#include "tests/actors/algorithms/toy_cluster.hpp"

#include <gtest/gtest.h>

namespace dk {
namespace {

TEST(SignVote, FollowsTheTraceOfThreeWorkers) {
  const AlgorithmConfig config{"sign-vote", {{"learning_rate", 0.5}}};
  ParameterReader parameters(config, 3);
  const SignVote algorithm(parameters);
  ASSERT_TRUE(parameters.finish());
  toy::Shard shard(algorithm, {1, 1, 1});
  toy::Worker first(algorithm, 1, shard.centre());
  toy::Worker second(algorithm, 2, shard.centre());
  toy::Worker third(algorithm, 3, shard.centre());
  first.step({8, -8, 0});
  second.step({-1, -1, 2});
  third.step({2, -1, -2});
  toy::close_round({&first, &second, &third}, shard);
  // Votes by weight: (+ - +), (- - -), (0 + -): up, down, a tie.
  EXPECT_EQ(shard.centre(), (toy::Vector{1.5, 0.5, 1}));
  EXPECT_EQ(third.theta, shard.centre());
}

}  // namespace
}  // namespace dk
