// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/placement.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace dk {
namespace {

using ::testing::IsEmpty;

template <class Id>
std::map<std::string, std::uint32_t> per_node(const std::map<Id, std::string>& placed) {
  std::map<std::string, std::uint32_t> counts;
  for (const auto& [id, node] : placed) ++counts[node];
  return counts;
}
using Counts = std::map<std::string, std::uint32_t>;

TEST(CutIntoShards, CoversTheVectorWithNearlyEqualAlignedRanges) {
  for (const std::uint64_t parameters : {1'600ULL, 79'510ULL, 1'000'003ULL, 25'600'000'001ULL}) {
    for (const std::uint32_t shards : {1U, 2U, 3U, 7U, 16U}) {
      const auto ranges = cut_into_shards(parameters, shards);
      ASSERT_EQ(ranges.size(), shards);
      const double mean = static_cast<double>(parameters) / shards;
      std::uint64_t end = 0;
      for (std::size_t i = 0; i < ranges.size(); ++i) {
        EXPECT_EQ(ranges[i].shard, ShardId(static_cast<std::uint32_t>(i + 1)));
        EXPECT_EQ(ranges[i].offset, end);
        EXPECT_EQ(ranges[i].offset % 16, 0U);
        EXPECT_LE(static_cast<double>(ranges[i].count), 1.2 * mean);
        EXPECT_NEAR(static_cast<double>(ranges[i].count), mean, 16.0);
        end += ranges[i].count;
      }
      EXPECT_EQ(end, parameters);
    }
  }
}

TEST(CutIntoShards, MakesFewerRangesOfASmallModelAndNoneEmpty) {
  EXPECT_EQ(cut_into_shards(1, 4).size(), 1U);
  EXPECT_EQ(cut_into_shards(31, 4).size(), 1U);
  for (std::uint64_t parameters = 32; parameters < 500; ++parameters) {
    const auto ranges = cut_into_shards(parameters, 1000);
    EXPECT_EQ(ranges.size(), parameters / 16);
    std::uint64_t sum = 0;
    for (const auto& range : ranges) {
      EXPECT_GE(range.count, 8U);
      sum += range.count;
    }
    EXPECT_EQ(sum, parameters);
  }
  EXPECT_THAT(cut_into_shards(0, 4), IsEmpty());
}

TEST(Place, SpreadsWorkersByRoomAndShardsEvenly) {
  const auto placed = place({{"a", 6}, {"b", 3}}, {}, 4, 6);
  EXPECT_EQ(per_node(placed.workers), (Counts{{"a", 4}, {"b", 2}}));
  EXPECT_EQ(per_node(placed.shards), (Counts{{"a", 2}, {"b", 2}}));
}

TEST(Place, BreaksTiesByNameAndNotByTheOrderGiven) {
  const auto placed = place({{"b", 1}, {"a", 1}}, {}, 1, 1);
  EXPECT_EQ(placed.workers.at(WorkerId(1)), "a");
  EXPECT_EQ(placed.shards.at(ShardId(1)), "a");
}

TEST(Place, KeepsWhatIsInPlaceAndMovesOnlyWhatWasLost) {
  const std::vector<NodeCapacity> three = {{"a", 2}, {"b", 2}, {"c", 2}};
  const auto before = place(three, {}, 3, 6);
  const auto after = place({{"a", 4}, {"c", 2}}, before, 3, 6);
  for (const auto& [worker, node] : before.workers) {
    EXPECT_EQ(after.workers.at(worker), node == "b" ? "a" : node);
  }
  for (const auto& [shard, node] : before.shards) {
    if (node != "b") {
      EXPECT_EQ(after.shards.at(shard), node);
    }
  }
  EXPECT_EQ(after.shards.size(), 3U);
  EXPECT_EQ(place(three, before, 3, 6).workers, before.workers);
}

TEST(Place, NeverFillsANodeBeyondItsRoom) {
  const auto placed = place({{"a", 1}, {"b", 0}, {"c", 2}}, {}, 2, 100);
  EXPECT_EQ(per_node(placed.workers), (Counts{{"a", 1}, {"c", 2}}));
}

TEST(Place, MovesWorkersOffANodeWhoseRoomHasShrunk) {
  Placement kept;
  for (std::uint32_t id = 1; id <= 3; ++id) kept.workers[WorkerId(id)] = "a";
  const auto placed = place({{"a", 1}, {"b", 1}}, kept, 1, 3);
  EXPECT_EQ(placed.workers,
            (std::map<WorkerId, std::string>{{WorkerId(1), "a"}, {WorkerId(2), "b"}}));
}

TEST(Place, PlacesAtMostTheWorkersAndShardsAskedFor) {
  Placement kept;
  kept.workers[WorkerId(9)] = "a";
  kept.shards[ShardId(9)] = "a";
  const auto placed = place({{"a", 10}}, kept, 2, 3);
  EXPECT_EQ(placed.workers.size(), 3U);
  EXPECT_EQ(placed.shards.size(), 2U);
  EXPECT_FALSE(placed.workers.contains(WorkerId(9)));
  EXPECT_FALSE(placed.shards.contains(ShardId(9)));
}

TEST(Place, IsEmptyWithoutNodes) {
  const auto placed = place({}, {{{WorkerId(1), "a"}}, {{ShardId(1), "a"}}}, 2, 3);
  EXPECT_THAT(placed.workers, IsEmpty());
  EXPECT_THAT(placed.shards, IsEmpty());
}

}  // namespace
}  // namespace dk
