// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/confusion.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace dk::submit {
namespace {

TEST(ClassRule, TakesTheFirstPlaceFromTheThresholdOnAsLabelIndexDoes) {
  const ClassRule rule;
  EXPECT_EQ(rule.class_of(std::vector<float>{0.1F, 0.6F, 0.9F}), 1U);
  EXPECT_EQ(rule.class_of(std::vector<float>{0.1F, 0.3F, 0.5F}), 2U);
  EXPECT_EQ(rule.class_of(std::vector<float>{0.4F, 0.4F, 0.2F}), 0U);
  EXPECT_EQ(rule.class_of(std::vector<float>{-3, -1, -2}), 1U);
}

TEST(ClassRule, OfOneNumberIsOneAboveAHalf) {
  EXPECT_EQ(ClassRule{}.class_of(std::vector<float>{0.5F}), 0U);
  EXPECT_EQ(ClassRule{}.class_of(std::vector<float>{0.51F}), 1U);
  EXPECT_EQ(ClassRule::largest(true).class_of(std::vector<float>{0.1F}), 1U);
}

TEST(ClassRule, OfLogitsIsTheLargest) {
  EXPECT_EQ(ClassRule::largest(true).class_of(std::vector<float>{2, 5, 3}), 1U);
}

TEST(ClassRule, PassesOverWhatIsNoNumber) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(ClassRule{}.class_of(std::vector<float>{nan, 0.1F, 0.2F}), 2U);
  EXPECT_EQ(ClassRule{}.class_of(std::vector<float>{nan, nan}), 0U);
}

/// 3 of class 0, one of them taken for 1; 2 of class 1, both found; none of class 2, nothing taken
/// for it.
Confusion example() {
  Confusion classes(3);
  classes.add(0, 0);
  classes.add(0, 0);
  classes.add(0, 1);
  classes.add(1, 1);
  classes.add(1, 1);
  return classes;
}

TEST(Confusion, ScoresEachClass) {
  const auto classes = example();
  EXPECT_DOUBLE_EQ(classes.score(0).precision, 1);
  EXPECT_DOUBLE_EQ(classes.score(0).recall, 2.0 / 3);
  EXPECT_DOUBLE_EQ(classes.score(0).f1, 0.8);
  EXPECT_EQ(classes.score(0).support, 3U);
  EXPECT_DOUBLE_EQ(classes.score(1).precision, 2.0 / 3);
  EXPECT_DOUBLE_EQ(classes.score(1).recall, 1);
  EXPECT_DOUBLE_EQ(classes.score(2).f1, 0);
}

TEST(Confusion, AveragesEachClassOnceOrAsOftenAsItOccurs) {
  const auto classes = example();
  EXPECT_DOUBLE_EQ(classes.macro_average().recall, 5.0 / 9);
  EXPECT_DOUBLE_EQ(classes.weighted_average().recall, 0.8);
  EXPECT_EQ(classes.weighted_average().support, 5U);
}

TEST(Confusion, ListsTheMostFrequentMistakesFirst) {
  auto classes = example();
  classes.add(2, 0);
  classes.add(2, 0);
  const auto confused = classes.confused();
  ASSERT_EQ(confused.size(), 2U);
  EXPECT_EQ(confused[0].actual, 2U);
  EXPECT_EQ(confused[0].predicted, 0U);
  EXPECT_EQ(confused[0].count, 2U);
  EXPECT_EQ(confused[1].count, 1U);
}

TEST(Confusion, TakesClassNumbersOneHotTargetsAndZerosAndOnes) {
  Confusion three(3);
  const std::vector<float> outputs{0.8F, 0.1F, 0.1F, 0, 0, 1};
  EXPECT_TRUE(three.add(std::vector<float>{0, 1}, outputs, 2, {}));
  EXPECT_TRUE(three.add(std::vector<float>{1, 0, 0, 0, 1, 0}, outputs, 2, {}));
  EXPECT_EQ(three.count(0, 0), 2U);
  EXPECT_EQ(three.count(1, 2), 2U);
  Confusion two(2);
  EXPECT_TRUE(two.add(std::vector<float>{1, 0}, std::vector<float>{0.9F, 0.7F}, 2, {}));
  EXPECT_EQ(two.count(1, 1), 1U);
  EXPECT_EQ(two.count(0, 1), 1U);
}

TEST(Confusion, RefusesTargetsThatAreNoClassesAndCountsNothing) {
  Confusion classes(2);
  EXPECT_FALSE(classes.add(std::vector<float>{1, 0.5F}, std::vector<float>{0.9F, 0.7F}, 2, {}));
  EXPECT_FALSE(classes.add(std::vector<float>{2}, std::vector<float>{0.9F}, 1, {}));
  EXPECT_FALSE(classes.add(std::vector<float>{1, 1}, std::vector<float>{0.9F, 0.1F}, 1, {}));
  EXPECT_EQ(classes.total(), 0U);
}

}  // namespace
}  // namespace dk::submit
