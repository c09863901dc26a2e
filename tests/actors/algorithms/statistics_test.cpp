// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/statistics.hpp"

#include "tests/actors/algorithms/toy_cluster.hpp"

#include <gtest/gtest.h>

namespace dk {
namespace {

using toy::Vector;

TEST(Statistics, AreTheAlgorithmsBusinessOnlyWithASingleWorker) {
  EXPECT_EQ(statistics::learning_count(*toy::make("single"), 10, 14), 14U);
  EXPECT_EQ(statistics::learning_count(*toy::make("downpour"), 10, 14), 10U);
}

TEST(Statistics, FollowTheMeanOfTheWorkersAtAFreePace) {
  Vector centre = {8};
  Vector theta = {4};
  Vector theta0 = {8};
  Vector contribution(1);
  Vector reply(1);
  statistics::contribute(theta, theta0, 2, contribution);
  statistics::take(centre, contribution, reply);
  EXPECT_EQ(centre, Vector{6});  // 8 + (4 - 8) / 2
  statistics::accept(reply, theta, theta0);
  EXPECT_EQ(theta, Vector{6});
  EXPECT_EQ(theta0, Vector{6});
  statistics::revert(centre, contribution);
  EXPECT_EQ(centre, Vector{8});
}

TEST(Statistics, AreCountedOnceWhenNothingIsFetchedBetween) {
  Vector centre = {0};
  Vector theta = {0};
  Vector theta0 = {0};
  Vector contribution(1);
  for (int window = 0; window < 3; ++window) {
    theta[0] += 2;
    statistics::contribute(theta, theta0, 1, contribution);
    statistics::take(centre, contribution, {});
    statistics::accept({}, theta, theta0);
  }
  EXPECT_EQ(centre, Vector{6});
  EXPECT_EQ(theta, Vector{6});
}

TEST(Statistics, AreTheMeanInRounds) {
  Vector centre = {100};
  const Vector first = {1};
  const Vector second = {4};
  const std::vector<std::span<const float>> all = {first, second};
  statistics::combine(centre, all);
  EXPECT_EQ(centre, Vector{2.5});
}

}  // namespace
}  // namespace dk
