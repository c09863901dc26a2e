// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/deadlines.hpp"

#include <gmock/gmock.h>

namespace dk::test {
namespace {

using namespace std::chrono_literals;
using ::testing::Optional;

constexpr Deadlines::Config kConfig{4, 8, 20s, 60s, 3, 2s};

Deadlines after(std::initializer_list<Deadlines::Duration> blocks) {
  Deadlines deadlines(kConfig);
  for (const auto took : blocks) deadlines.finished(took);
  return deadlines;
}

TEST(Deadlines, SayNothingOfSlownessBeforeTheyKnowHowLongABlockTakes) {
  const auto deadlines = after({1s, 1s, 1s});
  EXPECT_EQ(deadlines.slow(), std::nullopt);
  EXPECT_EQ(deadlines.stuck(), 60s);
}

TEST(Deadlines, FollowTheMedianBlock) {
  const auto deadlines = after({5s, 5s, 5s, 5s, 500s});
  EXPECT_THAT(deadlines.slow(), Optional(Deadlines::Duration(15s)));
  EXPECT_EQ(deadlines.stuck(), 40s);
}

TEST(Deadlines, AreNeverShorterThanTheLeast) {
  const auto deadlines = after({1ms, 1ms, 1ms, 1ms});
  EXPECT_THAT(deadlines.slow(), Optional(Deadlines::Duration(2s)));
  EXPECT_EQ(deadlines.stuck(), 20s);
}

TEST(Deadlines, ForgetHowItWasLongAgo) {
  auto deadlines = after({100s, 100s, 100s, 100s});
  for (int block = 0; block < 64; ++block) deadlines.finished(4s);
  EXPECT_THAT(deadlines.slow(), Optional(Deadlines::Duration(12s)));
}

}  // namespace
}  // namespace dk::test
