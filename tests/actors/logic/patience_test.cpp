// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/patience.hpp"

#include <gtest/gtest.h>

namespace dk {
namespace {

using namespace std::chrono_literals;

TEST(Patience, DoublesWhenNoAnswerComes) {
  Patience patience(10s);
  patience.late(10s);
  EXPECT_EQ(patience.value(), 20s);
  patience.late(20s);
  EXPECT_EQ(patience.value(), 40s);
}

TEST(Patience, CountsMessagesThatWereSentTogetherOnce) {
  Patience patience(10s);
  for (int i = 0; i < 4; ++i) patience.late(10s);
  EXPECT_EQ(patience.value(), 20s);
}

TEST(Patience, StaysWhileAnswersAreSlow) {
  Patience patience(10s);
  patience.late(10s);
  patience.answered(16s);
  EXPECT_EQ(patience.value(), 20s);
}

TEST(Patience, IsTheLeastAgainAfterAQuickAnswer) {
  Patience patience(10s);
  patience.late(10s);
  patience.answered(1s);
  EXPECT_EQ(patience.value(), 10s);
}

}  // namespace
}  // namespace dk
