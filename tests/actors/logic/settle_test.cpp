// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/commit_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dk {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Commit n carried block 10 n.
WorkerCommits came_to(std::uint64_t complete, std::uint32_t partial_parts = 0) {
  WorkerCommits commits{WorkerId(1), Incarnation(1), complete, partial_parts, {}};
  for (std::uint64_t n = 1; n <= complete; ++n) commits.recent.push_back({n, 10 * n});
  return commits;
}

TEST(Settle, RevertsNothingWhenAllShardsAgree) {
  const auto result = settle({{ShardId(1), came_to(2)}, {ShardId(2), came_to(2)}});
  EXPECT_EQ(result.complete, 2U);
  EXPECT_THAT(result.blocks_done, ElementsAre(10, 20));
  EXPECT_THAT(result.revert, IsEmpty());
}

TEST(Settle, RevertsAWholeCommitThatAnotherShardLacks) {
  const auto result = settle({{ShardId(1), came_to(3)}, {ShardId(2), came_to(2)}});
  EXPECT_EQ(result.complete, 2U);
  EXPECT_THAT(result.blocks_done, ElementsAre(10, 20));
  EXPECT_THAT(result.revert, ElementsAre(ShardId(1)));
}

TEST(Settle, RevertsTheBeginningOfACommit) {
  const auto result = settle({{ShardId(1), came_to(2)}, {ShardId(2), came_to(2, 3)}});
  EXPECT_EQ(result.complete, 2U);
  EXPECT_THAT(result.revert, ElementsAre(ShardId(2)));
}

TEST(Settle, RevertsWholeAndPartialCommitsWhenThreeShardsDiffer) {
  const auto result =
      settle({{ShardId(1), came_to(3)}, {ShardId(2), came_to(2, 1)}, {ShardId(3), came_to(2)}});
  EXPECT_EQ(result.complete, 2U);
  EXPECT_THAT(result.blocks_done, ElementsAre(10, 20));
  EXPECT_THAT(result.revert, ElementsAre(ShardId(1), ShardId(2)));
}

TEST(Settle, KeepsNothingOfAWorkerThatOneShardHasNeverSeen) {
  const auto result = settle({{ShardId(1), came_to(1)}, {ShardId(2), came_to(0)}});
  EXPECT_EQ(result.complete, 0U);
  EXPECT_THAT(result.blocks_done, IsEmpty());
  EXPECT_THAT(result.revert, ElementsAre(ShardId(1)));
}

TEST(Settle, ListsEveryShardThatIsAheadEvenByMoreThanTheProtocolAllows) {
  const auto result = settle({{ShardId(1), came_to(5)}, {ShardId(2), came_to(1)}});
  EXPECT_EQ(result.complete, 1U);
  EXPECT_THAT(result.blocks_done, ElementsAre(10));
  EXPECT_THAT(result.revert, ElementsAre(ShardId(1)));
}

TEST(Settle, TakesBlocksFromTheShardThatRemembersThem) {
  auto forgetful = came_to(2);
  forgetful.recent.erase(forgetful.recent.begin());
  const auto result = settle({{ShardId(1), forgetful}, {ShardId(2), came_to(2)}});
  EXPECT_THAT(result.blocks_done, ElementsAre(10, 20));
}

TEST(Settle, OfNoShardsIsNothing) {
  EXPECT_THAT(settle({}).revert, IsEmpty());
}

}  // namespace
}  // namespace dk
