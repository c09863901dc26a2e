// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/scatter.hpp"

#include "tests/support/seed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace dk {
namespace {

using ::testing::ElementsAre;

const Incarnation kA{1};
const Incarnation kB{2};
const Incarnation kC{3};
const std::set<Incarnation> kTwo{kA, kB};

/// What an honest executor answers: as unlike between ranges as floating point allows.
Scatter::Sums sums_of(const Scatter& scatter, std::size_t range) {
  const auto number = static_cast<double>(range + 1);
  return {1e10 / number, scatter.range(range).count, {0.1 * number, 1e-10 * number}};
}

bool answer(Scatter& scatter, Incarnation executor, std::size_t range) {
  return scatter.take(executor, range, sums_of(scatter, range));
}

TEST(RowsOfRange, AreWholeBatchesAndManyRanges) {
  EXPECT_EQ(rows_of_range({.rows = 10'000, .batch_size = 32, .parameters = 1000}), 128U);
  EXPECT_EQ(rows_of_range({.rows = 10, .batch_size = 32, .parameters = 1000}), 32U);
}

TEST(RowsOfRange, KeepAnAnswerToAMebibyteAndTheWorkToASecond) {
  const auto rows =
      rows_of_range({.rows = 1 << 30, .batch_size = 32, .parameters = 10, .output_size = 1000});
  EXPECT_EQ(rows % 32, 0U);
  EXPECT_LE(rows * 1000, std::uint64_t{1} << 18);
  EXPECT_EQ(rows_of_range({.rows = 1 << 30, .batch_size = 32, .parameters = 1 << 30}), 32U);
  // One batch alone would be more than that.
  EXPECT_EQ(rows_of_range({.rows = 100, .batch_size = 64, .parameters = 1, .output_size = 1 << 17}),
            2U);
  EXPECT_EQ(rows_of_range({.rows = 9, .batch_size = 4, .parameters = 1, .output_size = 1 << 20}),
            1U);
}

TEST(Scatter, CoversEveryRowOnceAndTheLastRangeIsShort) {
  const Scatter scatter(10, 4);
  ASSERT_EQ(scatter.ranges(), 3U);
  EXPECT_EQ(scatter.range(2).first, 8U);
  EXPECT_EQ(scatter.range(2).count, 2U);
}

TEST(Scatter, GivesOneRangeAtATimeToEach) {
  Scatter scatter(100, 10);
  EXPECT_EQ(scatter.give(kA, kTwo), 0U);
  EXPECT_EQ(scatter.give(kA, kTwo), std::nullopt);
  EXPECT_EQ(scatter.give(kB, kTwo), 1U);
  EXPECT_TRUE(answer(scatter, kA, 0));
  EXPECT_EQ(scatter.give(kA, kTwo), 2U);
  EXPECT_EQ(scatter.rows_done(), 10U);
}

TEST(Scatter, TakesAnAnswerOnceAndFromItsHolderOnly) {
  Scatter scatter(20, 10);
  ASSERT_EQ(scatter.give(kA, kTwo), 0U);
  EXPECT_FALSE(answer(scatter, kB, 0));
  EXPECT_FALSE(answer(scatter, kA, 1));
  EXPECT_TRUE(answer(scatter, kA, 0));
  EXPECT_FALSE(answer(scatter, kA, 0));
  EXPECT_EQ(scatter.rows_done(), 10U);
}

TEST(Scatter, ALostRangeGoesToAnotherAndTheDeadIsNotHeard) {
  Scatter scatter(20, 10);
  ASSERT_EQ(scatter.give(kA, kTwo), 0U);
  scatter.release(kA);
  EXPECT_EQ(scatter.give(kB, {kB}), 0U);
  EXPECT_FALSE(answer(scatter, kA, 0));
  EXPECT_TRUE(answer(scatter, kB, 0));
}

TEST(Scatter, IdleExecutorsRepeatTheLastRangesAndTheFirstAnswerCounts) {
  Scatter scatter(20, 10);
  const std::set<Incarnation> three{kA, kB, kC};
  ASSERT_EQ(scatter.give(kA, three), 0U);
  ASSERT_EQ(scatter.give(kB, three), 1U);
  EXPECT_EQ(scatter.give(kC, three), 0U);
  EXPECT_TRUE(answer(scatter, kC, 0));
  EXPECT_EQ(scatter.give(kC, three), 1U);
  EXPECT_FALSE(answer(scatter, kA, 0));
  EXPECT_EQ(scatter.give(kA, three), std::nullopt) << "two work on it already";
  EXPECT_TRUE(answer(scatter, kB, 1));
  EXPECT_FALSE(answer(scatter, kC, 1));
  EXPECT_TRUE(scatter.complete());
  EXPECT_EQ(scatter.total().samples, 20U);
}

TEST(Scatter, ARangeThatFailedGoesToAnotherExecutorFirst) {
  Scatter scatter(20, 10);
  ASSERT_EQ(scatter.give(kA, kTwo), 0U);
  EXPECT_FALSE(scatter.fail(kA, 0));
  EXPECT_EQ(scatter.give(kA, kTwo), 1U);
  EXPECT_EQ(scatter.give(kB, kTwo), 0U);
  EXPECT_FALSE(scatter.fail(kB, 0));
  EXPECT_EQ(scatter.give(kB, kTwo), 0U) << "nobody is left who has not tried";
  EXPECT_TRUE(scatter.fail(kB, 0)) << "three times is too often";
}

TEST(Scatter, AnExecutorThatOnlyFailsDoesNotEndIt) {
  Scatter scatter(1000, 10);
  while (!scatter.complete()) {
    if (const auto range = scatter.give(kA, kTwo)) {
      ASSERT_FALSE(scatter.fail(kA, *range));
    }
    const auto range = scatter.give(kB, kTwo);
    ASSERT_TRUE(range);
    ASSERT_TRUE(answer(scatter, kB, *range));
  }
  EXPECT_EQ(scatter.total().samples, 1000U);
}

TEST(Scatter, GoesOnWhereItWasWhenEverybodyWasSentAway) {
  Scatter scatter(30, 10);
  ASSERT_EQ(scatter.give(kA, kTwo), 0U);
  ASSERT_EQ(scatter.give(kB, kTwo), 1U);
  ASSERT_TRUE(answer(scatter, kB, 1));
  scatter.release_all();
  EXPECT_FALSE(answer(scatter, kA, 0));
  EXPECT_EQ(scatter.give(kC, {kC}), 0U);
  EXPECT_EQ(scatter.rows_done(), 10U);
}

/// Executors answer, fail, die and answer late in a random order.
Scatter::Sums run_wildly(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Scatter scatter(1003, 10);
  const std::vector<Incarnation> all{kA, kB, kC};
  const std::set<Incarnation> present(all.begin(), all.end());
  std::map<Incarnation, std::size_t> held;
  while (!scatter.complete()) {
    const auto who = all[random() % all.size()];
    if (const auto range = scatter.give(who, present)) held[who] = *range;
    const auto known = held.find(who);
    if (known == held.end()) continue;
    const auto event = random() % 10;
    if (event > 7) continue;
    if (event == 0) {
      scatter.release(who);
    } else {
      answer(scatter, who, known->second);
    }
    // Sometimes it says the same again.
    if (random() % 2 == 0) held.erase(known);
  }
  return scatter.total();
}

TEST(Scatter, TheSumsAreTheSameToTheLastBitWhoeverComputesThem) {
  const auto seed = testing::test_seed(1);
  const auto first = run_wildly(seed);
  EXPECT_EQ(first.samples, 1003U);
  for (std::uint64_t i = 1; i < 200; ++i) {
    const auto other = run_wildly(seed + i);
    ASSERT_EQ(other.loss_sum, first.loss_sum);
    ASSERT_THAT(other.metrics, ElementsAre(first.metrics[0], first.metrics[1]));
  }
}

}  // namespace
}  // namespace dk
