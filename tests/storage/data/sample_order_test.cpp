// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/sample_order.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

namespace dk::storage {
namespace {

std::vector<std::uint32_t> epoch_of(SampleOrder& order, std::uint32_t epoch) {
  std::vector<std::uint32_t> rows(order.size());
  order.rows(epoch, 0, rows);
  return rows;
}

std::vector<std::uint32_t> ascending(std::uint32_t size) {
  std::vector<std::uint32_t> rows(size);
  std::iota(rows.begin(), rows.end(), 0U);
  return rows;
}

TEST(SampleOrder, EveryEpochVisitsEveryRowExactlyOnceInAnotherOrder) {
  SampleOrder order(1, 1000, true);
  auto previous = ascending(1000);
  for (std::uint32_t epoch = 0; epoch < 5; ++epoch) {
    auto rows = epoch_of(order, epoch);
    EXPECT_NE(rows, previous);
    previous = rows;
    std::sort(rows.begin(), rows.end());
    EXPECT_EQ(rows, ascending(1000));
  }
}

TEST(SampleOrder, BlocksAskedForInAnyOrderAreTheEpoch) {
  SampleOrder one(7, 100, true);
  SampleOrder two(7, 100, true);
  const auto whole = epoch_of(one, 3);
  std::vector<std::uint32_t> parts(100);
  for (const std::size_t first : {60U, 0U, 20U, 80U, 40U}) {
    two.rows(4, 0, std::span(parts).first(0));
    two.rows(3, first, std::span(parts).subspan(first, 20));
  }
  EXPECT_EQ(parts, whole);
}

TEST(SampleOrder, SeedsGiveDifferentOrders) {
  SampleOrder one(1, 100, true);
  SampleOrder two(2, 100, true);
  EXPECT_NE(epoch_of(one, 0), epoch_of(two, 0));
}

TEST(SampleOrder, WithoutShuffleRowsAscend) {
  SampleOrder order(1, 10, false);
  EXPECT_EQ(epoch_of(order, 5), ascending(10));
  std::uint32_t two[2];
  order.rows(0, 8, two);
  EXPECT_EQ(two[0], 8U);
}

TEST(SampleOrder, APositionBeyondTheEpochEndsTheProcess) {
  SampleOrder order(1, 10, true);
  std::uint32_t two[2];
  EXPECT_DEATH(order.rows(0, 9, two), "within the epoch");
}

TEST(SampleOrder, GroupsComeInAnyOrderAndAreMixedWithinTheWindowOnly) {
  constexpr std::uint32_t kSize = 95;
  SampleOrder order(4, kSize, true, 10, 3);
  std::vector<std::uint32_t> rows(kSize);
  for (const std::uint32_t epoch : {0U, 1U}) {
    order.rows(epoch, 0, rows);
    auto sorted = rows;
    std::sort(sorted.begin(), sorted.end());
    for (std::uint32_t i = 0; i < kSize; ++i) ASSERT_EQ(sorted[i], i);
    for (std::size_t first = 0; first + 30 <= kSize; first += 30) {
      std::set<std::uint32_t> groups;
      for (std::size_t i = first; i < first + 25; ++i) groups.insert(rows[i] / 10);
      EXPECT_LE(groups.size(), 4U) << "the short group may shift the windows by five";
    }
  }
  std::vector<std::uint32_t> again(kSize);
  SampleOrder(4, kSize, true, 10, 3).rows(1, 0, again);
  EXPECT_EQ(again, rows);
}

}  // namespace
}  // namespace dk::storage
