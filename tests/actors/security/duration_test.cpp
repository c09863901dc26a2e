// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/security/duration.hpp"

#include <gtest/gtest.h>

namespace dk::security {
namespace {

using std::chrono::seconds;

TEST(Duration, IsANumberAndAUnit) {
  EXPECT_EQ(parse_duration("90d"), seconds(90 * 86'400));
  EXPECT_EQ(parse_duration("12h"), seconds(12 * 3600));
  EXPECT_EQ(parse_duration("30m"), seconds(1800));
  EXPECT_EQ(parse_duration("45s"), seconds(45));
}

TEST(Duration, RefusesOtherText) {
  for (const auto* text : {"", "d", "90", "0d", "-1d", "1.5d", "90 d", "90dd", "1w", "36526d",
                           "99999999999999999999d"}) {
    const auto parsed = parse_duration(text);
    EXPECT_FALSE(parsed) << text;
  }
}

TEST(TimeLeft, IsInTheLargestWholeUnit) {
  const WallTime now{};
  EXPECT_EQ(time_left(now + seconds(86'400 * 89 + 5), now), "89 days");
  EXPECT_EQ(time_left(now + seconds(3600), now), "1 hour");
  EXPECT_EQ(time_left(now + seconds(61), now), "1 minute");
  EXPECT_EQ(time_left(now - seconds(10), now), "0 seconds");
  EXPECT_EQ(iso_time(now + seconds(86'400)), "1970-01-02T00:00:00Z");
}

}  // namespace
}  // namespace dk::security
