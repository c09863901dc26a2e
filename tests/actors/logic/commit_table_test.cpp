// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/commit_table.hpp"

#include "base/random.hpp"
#include "tests/support/seed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

namespace dk {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Verdict = CommitTable::Verdict;

CommitTable::Part part(std::uint32_t worker, std::uint64_t incarnation, std::uint64_t sequence,
                       std::uint32_t number = 0, std::uint32_t parts = 1) {
  return {WorkerId(worker), Incarnation(incarnation), sequence, 10 * sequence, number, parts};
}

void commit(CommitTable& table, std::uint32_t worker, std::uint64_t incarnation,
            std::uint64_t sequence, std::uint32_t parts = 1) {
  for (std::uint32_t i = 0; i < parts; ++i) {
    const auto next = part(worker, incarnation, sequence, i, parts);
    ASSERT_EQ(table.judge(next), Verdict::kApply);
    EXPECT_EQ(table.applied(next), i + 1 == parts);
  }
}

TEST(CommitTable, TakesPartsInAnyOrderAndEachOnce) {
  CommitTable table;
  EXPECT_FALSE(table.applied(part(1, 1, 1, 2, 3)));
  EXPECT_FALSE(table.applied(part(1, 1, 1, 0, 3)));
  EXPECT_EQ(table.judge(part(1, 1, 1, 2, 3)), Verdict::kDuplicate);
  EXPECT_TRUE(table.any_partial());
  EXPECT_TRUE(table.applied(part(1, 1, 1, 1, 3)));
  EXPECT_FALSE(table.any_partial());
  EXPECT_EQ(table.judge(part(1, 1, 1, 1, 3)), Verdict::kDuplicate);
  EXPECT_EQ(table.version(), 1U);
}

TEST(CommitTable, RefusesWhatASenderMayNotDo) {
  CommitTable table;
  EXPECT_EQ(table.judge(part(1, 1, 0)), Verdict::kOutOfOrder);
  EXPECT_EQ(table.judge(part(1, 1, 2)), Verdict::kOutOfOrder);
  EXPECT_EQ(table.judge(part(1, 1, 1, 0, 0)), Verdict::kOutOfOrder);
  EXPECT_EQ(table.judge(part(1, 1, 1, 3, 3)), Verdict::kOutOfOrder);
  EXPECT_EQ(table.judge(part(1, 1, 1, 0, 0xffffffff)), Verdict::kOutOfOrder);
  (void)table.applied(part(1, 1, 1, 0, 3));
  EXPECT_EQ(table.judge(part(1, 1, 1, 1, 4)), Verdict::kOutOfOrder);
  EXPECT_EQ(table.judge(part(1, 1, 2, 0, 3)), Verdict::kOutOfOrder);
  auto other_block = part(1, 1, 1, 1, 3);
  other_block.block = 7;
  EXPECT_EQ(table.judge(other_block), Verdict::kOutOfOrder);
}

TEST(CommitTable, BeginsAgainWithANewIncarnationAndRefusesTheOldOne) {
  CommitTable table;
  commit(table, 1, 1, 1);
  EXPECT_EQ(table.judge(part(1, 2, 2)), Verdict::kOutOfOrder);
  commit(table, 1, 2, 1);
  EXPECT_EQ(table.judge(part(1, 1, 1)), Verdict::kStale);
  EXPECT_EQ(table.judge(part(1, 1, 2)), Verdict::kStale);
  EXPECT_EQ(table.version(), 2U);
}

TEST(CommitTable, FenceRefusesAnIncarnationAndTellsHowFarItHadCome) {
  CommitTable table;
  commit(table, 1, 5, 1);
  (void)table.applied(part(1, 5, 2, 1, 3));
  const auto fenced = table.fence(WorkerId(1), Incarnation(5));
  EXPECT_EQ(fenced, (WorkerCommits{WorkerId(1), Incarnation(5), 1, 1, {{1, 10}}}));
  EXPECT_EQ(table.judge(part(1, 5, 2, 0, 3)), Verdict::kStale);
  EXPECT_EQ(table.judge(part(1, 6, 1)), Verdict::kApply);
}

TEST(CommitTable, FenceOfAnUnseenIncarnationLeavesTheSameStateAsInShardsThatSawIt) {
  CommitTable saw;
  CommitTable never_saw;
  commit(saw, 1, 3, 1);
  commit(never_saw, 1, 3, 1);
  commit(saw, 1, 5, 1);
  (void)saw.fence(WorkerId(1), Incarnation(5));
  EXPECT_THAT(saw.forget_newest(WorkerId(1), 1), ElementsAre(0));
  EXPECT_EQ(never_saw.fence(WorkerId(1), Incarnation(5)).complete, 0U);
  EXPECT_EQ(never_saw.judge(part(1, 5, 1)), Verdict::kStale);
  EXPECT_EQ(saw.state(), never_saw.state());
  EXPECT_EQ(saw.version(), never_saw.version());

  CommitTable fresh;
  EXPECT_EQ(fresh.fence(WorkerId(2), Incarnation(9)).complete, 0U);
  EXPECT_EQ(fresh.judge(part(2, 9, 1)), Verdict::kStale);
}

TEST(CommitTable, ALateFenceLeavesTheSuccessorAlone) {
  CommitTable table;
  commit(table, 1, 2, 1);
  EXPECT_EQ(table.fence(WorkerId(1), Incarnation(1)).complete, 0U);
  EXPECT_EQ(table.judge(part(1, 2, 2)), Verdict::kApply);
  EXPECT_THAT(table.forget_newest(WorkerId(1), 1), IsEmpty());
}

TEST(CommitTable, ForgetsTheNewestCommitOfAFencedWorkerOnce) {
  CommitTable table;
  commit(table, 1, 1, 1, 2);
  commit(table, 1, 1, 2, 2);
  EXPECT_THAT(table.forget_newest(WorkerId(1), 2), IsEmpty());  // not fenced
  (void)table.fence(WorkerId(1), Incarnation(1));
  EXPECT_THAT(table.forget_newest(WorkerId(1), 1), IsEmpty());  // not the newest
  EXPECT_THAT(table.forget_newest(WorkerId(1), 2), ElementsAre(0, 1));
  EXPECT_THAT(table.forget_newest(WorkerId(1), 2), IsEmpty());
  EXPECT_EQ(table.version(), 1U);
  EXPECT_EQ(table.fence(WorkerId(1), Incarnation(1)).complete, 1U);
  EXPECT_THAT(table.fence(WorkerId(1), Incarnation(1)).recent, ElementsAre(CommitRecord{1, 10}));
}

TEST(CommitTable, ForgetsThePartsOfAnUnfinishedCommit) {
  CommitTable table;
  commit(table, 1, 1, 1);
  (void)table.applied(part(1, 1, 2, 2, 3));
  (void)table.applied(part(1, 1, 2, 0, 3));
  (void)table.fence(WorkerId(1), Incarnation(1));
  EXPECT_THAT(table.forget_newest(WorkerId(1), 2), ElementsAre(0, 2));
  EXPECT_FALSE(table.any_partial());
  EXPECT_EQ(table.version(), 1U);
}

TEST(CommitTable, StalenessCountsTheCommitsOfOthersSinceOnesOwnLast) {
  CommitTable table;
  EXPECT_EQ(table.version() - table.version_seen(WorkerId(1)), 0U);
  commit(table, 1, 1, 1);
  commit(table, 2, 2, 1);
  commit(table, 2, 2, 2);
  EXPECT_EQ(table.version() - table.version_seen(WorkerId(1)), 2U);
  EXPECT_EQ(table.version() - table.version_seen(WorkerId(2)), 0U);
  (void)table.fence(WorkerId(2), Incarnation(2));
  EXPECT_THAT(table.forget_newest(WorkerId(2), 2), ElementsAre(0));
  EXPECT_EQ(table.version() - table.version_seen(WorkerId(1)), 1U);
  (void)table.fence(WorkerId(1), Incarnation(1));
  EXPECT_EQ(table.version() - table.version_seen(WorkerId(1)), 0U);  // its successor's first
}

TEST(CommitTable, NoStalenessIsNegativeAfterACommitWasForgotten) {
  CommitTable table;
  commit(table, 1, 1, 1);
  commit(table, 2, 2, 1);
  (void)table.fence(WorkerId(1), Incarnation(1));
  (void)table.forget_newest(WorkerId(1), 1);
  EXPECT_EQ(table.version() - table.version_seen(WorkerId(2)), 0U);
}

TEST(CommitTable, RemembersTheNewestCommits) {
  CommitTable table;
  for (std::uint64_t n = 1; n <= 200; ++n) commit(table, 1, 1, n);
  const auto commits = table.fence(WorkerId(1), Incarnation(1));
  ASSERT_GE(commits.recent.size(), 64U);
  EXPECT_EQ(commits.recent.back(), (CommitRecord{200, 2000}));
  EXPECT_EQ(commits.recent.front().sequence, 201 - commits.recent.size());
}

TEST(CommitTable, IsTheSameAgainWhenItsBytesAreReadBack) {
  CommitTable table;
  for (std::uint64_t n = 1; n <= 5; ++n) commit(table, 1, 1, n);
  commit(table, 2, 7, 1);
  table.fence(WorkerId(2), Incarnation(7));
  ASSERT_FALSE(table.applied(part(1, 1, 6, 2, 4)));
  auto copy = CommitTable::decode(table.encode());
  ASSERT_TRUE(copy) << copy.error().message;
  EXPECT_EQ(copy->encode(), table.encode());
  EXPECT_EQ(copy->version(), table.version());
  EXPECT_EQ(copy->judge(part(1, 1, 6, 2, 4)), Verdict::kDuplicate);
  EXPECT_EQ(copy->judge(part(1, 1, 6, 3, 4)), Verdict::kApply);
  EXPECT_EQ(copy->judge(part(2, 7, 2, 0, 1)), Verdict::kStale);
  EXPECT_EQ(copy->fence(WorkerId(1), Incarnation(1)), table.fence(WorkerId(1), Incarnation(1)));
}

TEST(CommitTable, RefusesBytesThatAreNoTable) {
  CommitTable table;
  commit(table, 1, 1, 1);
  const auto bytes = table.encode();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(CommitTable::decode(std::span(bytes).first(size))) << size << " bytes of it";
  }
  auto longer = bytes;
  longer.push_back({});
  EXPECT_FALSE(CommitTable::decode(longer));
}

// Two incarnations send three commits of four parts each; every part comes about three times, in
// any order within the reach of a sender's window.
TEST(CommitTable, AppliesEveryPartOnceWhateverIsRepeatedAndReordered) {
  Random random(testing::test_seed(7));
  for (int round = 0; round < 200; ++round) {
    CommitTable table;
    std::map<std::tuple<std::uint64_t, std::uint64_t, std::uint32_t>, int> times;
    for (std::uint64_t incarnation = 1; incarnation <= 2; ++incarnation) {
      std::uint64_t complete = 0;
      while (complete < 3) {
        const auto next = part(1, 1 + random.below(incarnation), 1 + random.below(3),
                               static_cast<std::uint32_t>(random.below(4)), 4);
        const auto verdict = table.judge(next);
        if (incarnation == 2 && next.incarnation == Incarnation(1)) {
          ASSERT_TRUE(verdict == Verdict::kStale || complete == 0);
        }
        if (verdict != Verdict::kApply) continue;
        ++times[{next.incarnation.value, next.sequence, next.part}];
        if (table.applied(next)) complete = next.sequence;
      }
    }
    EXPECT_EQ(times.size(), 2U * 3 * 4);
    for (const auto& [which, count] : times) EXPECT_EQ(count, 1);
    EXPECT_EQ(table.version(), 6U);
  }
}

}  // namespace
}  // namespace dk
