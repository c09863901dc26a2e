// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/format.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace dk::submit {
namespace {

TEST(Format, CountsHaveThousandsSeparators) {
  EXPECT_EQ(count(0), "0");
  EXPECT_EQ(count(999), "999");
  EXPECT_EQ(count(1000), "1,000");
  EXPECT_EQ(count(1234567.4), "1,234,567");
  EXPECT_EQ(count(-1500), "-1,500");
}

TEST(Format, DurationsGrowCoarserAsTheyGrowLonger) {
  EXPECT_EQ(duration(0.84), "0.8 s");
  EXPECT_EQ(duration(9.96), "10 s");
  EXPECT_EQ(duration(59.7), "1 m 00 s");
  EXPECT_EQ(duration(185), "3 m 05 s");
  EXPECT_EQ(duration(7620), "2 h 07 m");
}

TEST(Format, SharesAndSizesAreRounded) {
  EXPECT_EQ(percent(0.87234, 1), "87.2%");
  EXPECT_EQ(decimal(0.30124), "0.3012");
  EXPECT_EQ(size_of_bytes(512), "512 B");
  EXPECT_EQ(size_of_bytes(2'678'824), "2.7 MB");
  EXPECT_EQ(plural(1, "worker"), "1 worker");
  EXPECT_EQ(plural(4, "worker"), "4 workers");
}

TEST(Format, WhatIsMissingOrNotFiniteIsADash) {
  const double infinite = std::numeric_limits<double>::infinity();
  for (const auto& shown : {count({}), percent({}, 1), decimal({}), duration({}), size_of_bytes({}),
                            count(infinite), duration(infinite), duration(-1)}) {
    EXPECT_EQ(shown, "-");
  }
}

TEST(Format, MembersOfAnotherTypeAreMissing) {
  const auto json = nlohmann::json::parse(R"({"a":"1","b":2,"c":[1,"x",null]})");
  EXPECT_FALSE(number(json, "a"));
  EXPECT_EQ(number(json, "b"), 2);
  EXPECT_EQ(text(json, "b"), "-");
  EXPECT_EQ(list(json, "c"), "1, x, -");
  EXPECT_EQ(list(json, "b"), "");
  EXPECT_TRUE(member(json, "a").empty());
  EXPECT_FALSE(number(nlohmann::json(7), "a"));
}

TEST(Format, ControlCharactersNeverReachTheTerminal) {
  EXPECT_EQ(text({{"name", "a\x1b[2Jb\nc\x7f"}}, "name"), "a [2Jb c ");
}

}  // namespace
}  // namespace dk::submit
