// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/rate_limiter.hpp"

#include <gtest/gtest.h>

namespace dk::api {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const RateLimiter::Time kStart{seconds(1000)};

TEST(RateLimiter, LetsABurstPassAndThenTheRate) {
  RateLimiter limiter(2, 3);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limiter.refuse("a", kStart)) << i;
  EXPECT_EQ(limiter.refuse("a", kStart), seconds(1));
  EXPECT_FALSE(limiter.refuse("a", kStart + milliseconds(500)));
  EXPECT_TRUE(limiter.refuse("a", kStart + milliseconds(900)));
  EXPECT_FALSE(limiter.refuse("a", kStart + milliseconds(1000)));
}

TEST(RateLimiter, NeverSavesMoreThanABurst) {
  RateLimiter limiter(2, 3);
  EXPECT_FALSE(limiter.refuse("a", kStart));
  const auto later = kStart + seconds(3600);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limiter.refuse("a", later)) << i;
  EXPECT_TRUE(limiter.refuse("a", later));
}

TEST(RateLimiter, AClientHoldsNoOtherUp) {
  RateLimiter limiter(1, 1);
  EXPECT_FALSE(limiter.refuse("a", kStart));
  EXPECT_TRUE(limiter.refuse("a", kStart));
  EXPECT_FALSE(limiter.refuse("b", kStart));
}

TEST(RateLimiter, SaysHowLongASlowRateTakes) {
  RateLimiter limiter(0.1, 1);
  EXPECT_FALSE(limiter.refuse("a", kStart));
  EXPECT_EQ(limiter.refuse("a", kStart), seconds(10));
}

TEST(RateLimiter, ForgetsWhoeverHasNotAskedForLongestWhenThereAreTooMany) {
  RateLimiter limiter(0.001, 2);
  for (std::size_t i = 0; i < RateLimiter::kMostClients + 10; ++i) {
    const auto now = kStart + milliseconds(i);
    EXPECT_FALSE(limiter.refuse("client " + std::to_string(i), now));
  }
  EXPECT_EQ(limiter.clients(), RateLimiter::kMostClients);
}

TEST(RateLimiter, AClockThatGoesBackGivesNothingAway) {
  RateLimiter limiter(1, 1);
  EXPECT_FALSE(limiter.refuse("a", kStart));
  EXPECT_TRUE(limiter.refuse("a", kStart - seconds(60)));
  EXPECT_TRUE(limiter.refuse("a", kStart));
}

}  // namespace
}  // namespace dk::api
