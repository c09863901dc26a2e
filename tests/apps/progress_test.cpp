// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/progress.hpp"

#include <gtest/gtest.h>

namespace dk::submit {
namespace {

TEST(Progress, SaysHowFastAndHowLong) {
  EXPECT_EQ(render_progress(12'800, 60'000, 2), "12,800 of 60,000 rows, 6,400 rows/s, 7.4 s left");
}

TEST(Progress, SaysNothingThatIsNotKnownYet) {
  EXPECT_EQ(render_progress(0, 60'000, 2), "0 of 60,000 rows");
}

}  // namespace
}  // namespace dk::submit
