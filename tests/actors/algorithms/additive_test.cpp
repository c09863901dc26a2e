// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/adag.hpp"
#include "actors/algorithms/downpour.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace dk {
namespace {

using ::testing::FloatEq;
using ::testing::Pointwise;

using Vector = std::vector<float>;

template <class T>
T with_defaults() {
  const AlgorithmConfig config;
  ParameterReader parameters(config);
  return T(parameters);
}

/// A worker as the algorithm sees it.
struct Worker {
  Vector theta;
  Vector theta0;

  explicit Worker(const Vector& centre) : theta(centre), theta0(centre) {}

  void step(const Vector& change) {
    for (std::size_t i = 0; i < theta.size(); ++i) theta[i] += change[i];
  }
  void exchange(const Algorithm& algorithm, std::uint32_t steps, Vector& centre) {
    Vector contribution(theta.size());
    Vector reply(theta.size());
    algorithm.contribute(theta, theta0, steps, contribution);
    algorithm.take(centre, contribution, {}, reply);
    algorithm.accept(reply, theta, theta0);
  }
};

// All numbers are sums of powers of two, so that float arithmetic is exact.
TEST(Downpour, FollowsTheTraceOfTwoWorkers) {
  const auto downpour = with_defaults<Downpour>();
  Vector centre = {1, -2};
  Worker ann(centre);
  Worker bob(centre);
  ann.step({-0.5, 0.25});
  ann.step({-0.5, 0.25});  // ann: (0, -1.5), delta (-1, 0.5)
  bob.step({0.25, 1});     // bob: (1.25, -1), delta (0.25, 1)
  ann.exchange(downpour, 2, centre);
  EXPECT_EQ(centre, (Vector{0, -1.5}));  // (1, -2) + (-1, 0.5)
  bob.exchange(downpour, 1, centre);
  EXPECT_EQ(centre, (Vector{0.25, -0.5}));  // (0, -1.5) + (0.25, 1)
  EXPECT_EQ(ann.theta, (Vector{0, -1.5}));
  EXPECT_EQ(bob.theta, (Vector{0.25, -0.5}));
  EXPECT_EQ(bob.theta0, bob.theta);
  ann.step({1, 1});  // delta counts from what ann's own last exchange brought
  ann.exchange(downpour, 1, centre);
  EXPECT_EQ(centre, (Vector{1.25, 0.5}));
}

TEST(Downpour, OfOneWorkerWithWindowOneIsPlainSgd) {
  const auto downpour = with_defaults<Downpour>();
  Vector sgd = {4, -8};
  Vector centre = sgd;
  Worker worker(centre);
  for (int i = 0; i < 10; ++i) {
    // f(x) = x^2 / 2 with learning rate 1/2: x <- x - x / 2
    worker.step({-worker.theta[0] / 2, -worker.theta[1] / 2});
    worker.exchange(downpour, 1, centre);
    for (float& x : sgd) x -= x / 2;
    EXPECT_EQ(centre, sgd);
    EXPECT_EQ(worker.theta, sgd);
  }
}

TEST(Adag, FollowsTheTraceOfTwoWorkers) {
  const auto adag = with_defaults<Adag>();
  Vector centre = {1, -2};
  Worker ann(centre);
  Worker bob(centre);
  for (int i = 0; i < 4; ++i) ann.step({-0.5, 0.25});  // difference (-2, 1), r = (-0.5, 0.25)
  bob.step({1, 0});
  bob.step({1, 2});  // difference (2, 2), r = (1, 1)
  ann.exchange(adag, 4, centre);
  EXPECT_EQ(centre, (Vector{0.5, -1.75}));
  bob.exchange(adag, 2, centre);
  EXPECT_EQ(centre, (Vector{1.5, -0.75}));
  EXPECT_EQ(ann.theta, (Vector{0.5, -1.75}));  // its own steps are scaled down as well
  EXPECT_EQ(ann.theta0, ann.theta);
  EXPECT_EQ(bob.theta, (Vector{1.5, -0.75}));
}

TEST(Adag, DividesByTheStepsDoneAndNotByTheWindow) {
  const auto adag = with_defaults<Adag>();
  Vector r(1);
  adag.contribute(Vector{4}, Vector{1}, 3, r);
  EXPECT_THAT(r, Pointwise(FloatEq(), Vector{1}));
}

TEST(Adag, WithOneStepIsDownpour) {
  const Vector theta = {0.1F, 0.7F, -3.3F};
  const Vector theta0 = {0.2F, 0.6F, 9.1F};
  Vector adag(3);
  Vector downpour(3);
  with_defaults<Adag>().contribute(theta, theta0, 1, adag);
  with_defaults<Downpour>().contribute(theta, theta0, 1, downpour);
  EXPECT_EQ(adag, downpour);
}

TEST(Additive, DefaultWindowsAreThoseOfDistKeras) {
  EXPECT_EQ(with_defaults<Downpour>().window(), 5U);
  EXPECT_EQ(with_defaults<Adag>().window(), 12U);
}

}  // namespace
}  // namespace dk
