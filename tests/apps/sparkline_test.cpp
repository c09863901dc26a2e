// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/sparkline.hpp"

#include <gtest/gtest.h>

namespace dk::submit {
namespace {

TEST(Sparkline, GoesFromTheLeastToTheGreatest) {
  EXPECT_EQ(sparkline({0, 3.5, 7}, false), "_=#");
  EXPECT_EQ(sparkline({0, 7}, true), "▁█");
}

TEST(Sparkline, OfEqualValuesIsLowAndOfNoneEmpty) {
  EXPECT_EQ(sparkline({2, 2}, false), "__");
  EXPECT_EQ(sparkline({}, true), "");
}

}  // namespace
}  // namespace dk::submit
