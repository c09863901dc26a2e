// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/restart_policy.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace dk {
namespace {

using namespace std::chrono_literals;
using Action = RestartPolicy::Decision::Action;

RestartPolicy::TimePoint at(std::chrono::milliseconds time) {
  return RestartPolicy::TimePoint{} + time;
}

TEST(RestartPolicy, DoublesTheBackoffWithEveryFailureUpToTheLongest) {
  RestartPolicy policy({10, 60s, 100ms, 1s});
  std::vector<std::chrono::milliseconds> backoffs;
  for (int i = 0; i < 6; ++i) backoffs.push_back(policy.failed("a", at(i * 1s)).backoff);
  EXPECT_EQ(backoffs, (std::vector<std::chrono::milliseconds>{100ms, 200ms, 400ms, 800ms, 1s, 1s}));
}

TEST(RestartPolicy, LeavesANodeOutForGoodAfterItsBudget) {
  RestartPolicy policy({2, 60s, 100ms, 5s});
  EXPECT_EQ(policy.failed("a", at(0s)).action, Action::kRestart);
  EXPECT_EQ(policy.failed("a", at(1s)).action, Action::kRestart);
  EXPECT_TRUE(policy.usable("a"));
  EXPECT_EQ(policy.failed("a", at(2s)).action, Action::kElsewhere);
  EXPECT_FALSE(policy.usable("a"));
  EXPECT_EQ(policy.failed("a", at(1h)).action, Action::kElsewhere);
  EXPECT_EQ(policy.restarts(), 2U);
}

TEST(RestartPolicy, ForgetsFailuresThatArePeriodOld) {
  RestartPolicy policy({2, 60s, 100ms, 5s});
  (void)policy.failed("a", at(0s));
  (void)policy.failed("a", at(30s));
  const auto third = policy.failed("a", at(60s));  // the first is 60 s old: two are left
  EXPECT_EQ(third.action, Action::kRestart);
  EXPECT_EQ(third.backoff, 200ms);
  EXPECT_EQ(policy.failed("a", at(1h)).backoff, 100ms);
}

TEST(RestartPolicy, KeepsOneBudgetPerNode) {
  RestartPolicy policy({1, 60s, 100ms, 5s});
  (void)policy.failed("a", at(0s));
  EXPECT_EQ(policy.failed("b", at(0s)).action, Action::kRestart);
  EXPECT_EQ(policy.failed("a", at(1s)).action, Action::kElsewhere);
  EXPECT_TRUE(policy.usable("b"));
}

TEST(RestartPolicy, SaysWhenANodeMayBeUsedAgain) {
  RestartPolicy policy({5, 60s, 100ms, 5s});
  EXPECT_EQ(policy.ready_at("a"), at(0s));
  (void)policy.failed("a", at(10s));
  EXPECT_EQ(policy.ready_at("a"), at(10'100ms));
}

TEST(RestartPolicy, AllowsNoRestartWithoutABudget) {
  RestartPolicy policy({0, 60s, 100ms, 5s});
  EXPECT_EQ(policy.failed("a", at(0s)).action, Action::kElsewhere);
}

TEST(RestartPolicy, NeverWaitsLongerThanTheLongestBackoff) {
  RestartPolicy policy({200, 1h, 10s, 3s});
  for (int i = 0; i < 200; ++i) EXPECT_EQ(policy.failed("a", at(0s)).backoff, 3s);
}

}  // namespace
}  // namespace dk
