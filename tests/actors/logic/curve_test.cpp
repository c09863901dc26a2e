// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/curve.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace dk {
namespace {

TEST(Curve, KeepsAFewPointsAsTheyAre) {
  Curve curve;
  for (const double value : {3.0, 2.0, 1.0}) curve.add(value);
  EXPECT_EQ(curve.points(10), (std::vector<double>{3, 2, 1}));
  EXPECT_TRUE(Curve().points(10).empty());
}

TEST(Curve, TakesMeansOfNeighboursWhereItIsNarrow) {
  Curve curve;
  for (const double value : {4.0, 2.0, 8.0, 6.0}) curve.add(value);
  EXPECT_EQ(curve.points(2), (std::vector<double>{3, 7}));
  EXPECT_EQ(curve.points(1), (std::vector<double>{5}));
}

TEST(Curve, IsBoundedHoweverLongItBecomesAndKeepsItsShape) {
  Curve curve;
  constexpr int kValues = 1'000'000;
  for (int i = 0; i < kValues; ++i) curve.add(i);
  const auto points = curve.points(10);
  ASSERT_EQ(points.size(), 10U);
  for (std::size_t i = 0; i < points.size(); ++i)
    EXPECT_NEAR(points[i], (static_cast<double>(i) + 0.5) * kValues / 10, kValues * 0.01);
  EXPECT_LE(curve.points(1'000'000).size(), 2 * Curve::kMost);
}

TEST(Curve, GoesOnFromWhatWasStored) {
  Curve whole;
  Curve stored;
  for (int i = 0; i < 1024; ++i) whole.add(i);
  for (int i = 0; i < 512; ++i) stored.add(i);
  Curve resumed;
  resumed.restore(nlohmann::json::parse(stored.to_json().dump()));
  for (int i = 512; i < 1024; ++i) resumed.add(i);
  EXPECT_EQ(resumed.points(1000), whole.points(1000));
}

TEST(Curve, IsEmptyAfterWhatWasNotStoredByOne) {
  for (const auto* text :
       {"null", "[]", "{}", R"({"points": [1]})", R"({"points": [1, "x"], "values_per_point": 1})",
        R"({"points": [1], "values_per_point": 0})"}) {
    Curve curve;
    curve.add(1);
    curve.restore(nlohmann::json::parse(text));
    EXPECT_TRUE(curve.points(10).empty()) << text;
  }
}

TEST(Curve, PassesOverWhatIsNoNumber) {
  Curve curve;
  curve.add(std::nan(""));
  curve.add(std::numeric_limits<double>::infinity());
  curve.add(1);
  EXPECT_EQ(curve.points(5), std::vector<double>{1});
}

}  // namespace
}  // namespace dk
