// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/row_parser.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace dk::storage {
namespace {

TEST(ParseNumber, ReadsWhatPythonReads) {
  const struct {
    std::string_view text;
    float value;
  } cases[] = {{"0", 0},
               {"255", 255},
               {" 7\t", 7},
               {"-3", -3},
               {"+2.5", 2.5F},
               {"1e3", 1000},
               {".5", 0.5F},
               {"5.", 5},
               {"1E-2", 0.01F},
               {"00012", 12},
               {"16777217", 16777216},
               {"-0.1", -0.1F},
               {"1e-999", 0},
               {"123456789", 123456792},
               {"1e-45", 1.4013e-45F},
               {"3.4028235e38", 3.4028235e38F}};
  for (const auto& [text, value] : cases) {
    float number = -1;
    EXPECT_EQ(parse_number(text, number), NumberKind::kFinite) << text;
    EXPECT_EQ(number, value) << text;
  }
}

// Half way between two floats plus a bit that float64 cannot hold: float64 first, as Python does,
// rounds to even; straight to float32 would round up.
TEST(ParseNumber, RoundsThroughFloat64LikeNumpy) {
  float number = 0;
  EXPECT_EQ(parse_number("1.00000005960464477540", number), NumberKind::kFinite);
  EXPECT_EQ(number, static_cast<float>(1.00000005960464477540));
}

TEST(ParseNumber, TellsWhatIsNoFiniteNumber) {
  const struct {
    std::string_view text;
    NumberKind kind;
  } cases[] = {{"", NumberKind::kMissing},       {"  ", NumberKind::kMissing},
               {"NA", NumberKind::kMissing},     {"nan", NumberKind::kMissing},
               {"NaN", NumberKind::kMissing},    {"N/A", NumberKind::kMissing},
               {"null", NumberKind::kMissing},   {"-nan", NumberKind::kMissing},
               {"inf", NumberKind::kInfinite},   {"-Infinity", NumberKind::kInfinite},
               {"1e999", NumberKind::kTooLarge}, {"1e39", NumberKind::kTooLarge},
               {"cat", NumberKind::kText},       {"12a", NumberKind::kText},
               {"1,5", NumberKind::kText},       {"0x10", NumberKind::kText},
               {"nan(1)", NumberKind::kText},    {"+-1", NumberKind::kText},
               {"1 2", NumberKind::kText},       {"--1", NumberKind::kText}};
  for (const auto& [text, kind] : cases) {
    float number = 0;
    EXPECT_EQ(parse_number(text, number), kind) << text;
  }
}

TEST(Shown, CutsAndEscapes) {
  EXPECT_EQ(shown("a\tb"), "'a\\x09b'");
  EXPECT_EQ(shown(std::string(100, 'x')), "'" + std::string(40, 'x') + "...'");
}

}  // namespace
}  // namespace dk::storage
