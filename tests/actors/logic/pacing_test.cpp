// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/pacing.hpp"

#include "base/random.hpp"
#include "tests/support/seed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace dk {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr WorkerId kAnn{1};
constexpr WorkerId kBob{2};
constexpr WorkerId kCid{3};
constexpr Incarnation kLife{7};

Pacing of(Pace pace) {
  Pacing pacing(pace, 2);
  pacing.set_workers({kAnn, kBob});
  return pacing;
}

TEST(Pacing, AFreeWorkerHoldsTwoLeasesBesideTheOneItWorksOn) {
  const auto pacing = of({});
  EXPECT_EQ(pacing.allowance(kAnn, 0), 3U);
  EXPECT_EQ(pacing.allowance(kAnn, 2), 1U);
  EXPECT_EQ(pacing.allowance(kAnn, 5), 0U);
}

TEST(Pacing, AStrangerGetsNothing) {
  EXPECT_EQ(of({}).allowance(kCid, 0), 0U);
}

TEST(Pacing, AWarmStartIsOneWorkersAlone) {
  auto pacing = of({.warm_start = 2});
  EXPECT_EQ(pacing.allowance(kAnn, 0), 2U);
  EXPECT_EQ(pacing.allowance(kAnn, 2), 0U);
  EXPECT_EQ(pacing.allowance(kBob, 0), 0U);
  pacing.contributed(kAnn);
  pacing.contributed(kAnn);
  EXPECT_EQ(pacing.allowance(kBob, 0), 3U);
}

TEST(Pacing, NobodyIsFurtherAheadOfTheSlowestThanTheBound) {
  const auto seed = testing::test_seed(1);
  Random random(seed);
  for (std::uint32_t bound = 0; bound < 5; ++bound) {
    auto pacing = of({.kind = Pace::Kind::kBounded, .staleness = bound});
    std::map<WorkerId, std::uint64_t> clock{{kAnn, 0}, {kBob, 0}};
    std::map<WorkerId, std::size_t> held{{kAnn, 0}, {kBob, 0}};
    for (int i = 0; i < 1000; ++i) {
      const auto who = random.uniform() < 0.2F ? kBob : kAnn;
      held[who] += pacing.allowance(who, held[who]);
      if (held[who] == 0) continue;
      // It trains the window after `clock`.
      ASSERT_LE(clock[who], std::min(clock[kAnn], clock[kBob]) + bound) << "seed " << seed;
      --held[who];
      ++clock[who];
      pacing.contributed(who);
    }
    EXPECT_GT(clock[kBob], 0U);
  }
}

TEST(Pacing, TheDeadHoldNobodyBackAndTheNewBeginBesideTheSlowest) {
  auto pacing = of({.kind = Pace::Kind::kBounded, .staleness = 0});
  pacing.contributed(kAnn);
  EXPECT_EQ(pacing.allowance(kAnn, 0), 0U) << "Bob is a window behind";
  pacing.set_workers({kAnn});
  EXPECT_EQ(pacing.allowance(kAnn, 0), 1U);
  pacing.set_workers({kAnn, kCid});
  EXPECT_EQ(pacing.allowance(kCid, 0), 1U);
}

TEST(Pacing, ComesBackFromItsRecord) {
  auto pacing = of({.kind = Pace::Kind::kBounded, .staleness = 1});
  pacing.contributed(kAnn);
  pacing.contributed(kAnn);
  auto copy = of({.kind = Pace::Kind::kBounded, .staleness = 1});
  ASSERT_TRUE(copy.restore(pacing.to_json()));
  EXPECT_EQ(copy.allowance(kAnn, 0), 0U);
  EXPECT_EQ(copy.allowance(kBob, 0), pacing.allowance(kBob, 0));
  EXPECT_FALSE(copy.restore({{"total", -1}, {"clocks", nullptr}}));
}

Round of_three(std::uint32_t spare) {
  return {4, spare, {{kCid, kLife, 12}, {kAnn, kLife, 10}, {kBob, kLife, 11}}};
}

TEST(Round, IsReadyWhenEveryMemberHasContributed) {
  auto round = of_three(0);
  EXPECT_TRUE(round.contributed(kAnn, kLife, 10, 5));
  EXPECT_TRUE(round.contributed(kBob, kLife, 11, 6));
  EXPECT_FALSE(round.ready());
  EXPECT_TRUE(round.contributed(kCid, kLife, 12, 7));
  EXPECT_TRUE(round.ready());
  EXPECT_THAT(round.close(), IsEmpty());
  EXPECT_THAT(round.members(),
              ElementsAre(Round::Member{kAnn, kLife, 10, 5}, Round::Member{kBob, kLife, 11, 6},
                          Round::Member{kCid, kLife, 12, 7}));
}

TEST(Round, DoesNotWaitForTheDead) {
  auto round = of_three(0);
  round.contributed(kAnn, kLife, 10, 5);
  round.lost(kBob, kLife);
  round.lost(kCid, kLife);
  EXPECT_TRUE(round.ready());
  round.lost(kAnn, kLife);
  EXPECT_THAT(round.members(), SizeIs(1)) << "what is in every shard stays";
}

TEST(Round, WithASpareDoesNotWaitForTheSlowest) {
  auto round = of_three(1);
  round.contributed(kAnn, kLife, 10, 5);
  EXPECT_FALSE(round.ready());
  round.contributed(kCid, kLife, 12, 7);
  EXPECT_TRUE(round.ready());
  EXPECT_THAT(round.close(), ElementsAre(Round::Member{kBob, kLife, 11, 0}));
  EXPECT_FALSE(round.contributed(kBob, kLife, 11, 6)) << "too late";
  EXPECT_THAT(round.members(), SizeIs(2));
}

TEST(Round, TakesNoContributionOfAnotherBlockOrLife) {
  auto round = of_three(0);
  EXPECT_FALSE(round.contributed(kAnn, kLife, 9, 5));
  EXPECT_FALSE(round.contributed(kAnn, Incarnation(6), 10, 5));
  EXPECT_FALSE(round.contributed(WorkerId(9), kLife, 10, 5));
}

TEST(Round, ComesBackFromItsRecord) {
  auto round = of_three(1);
  round.contributed(kAnn, kLife, 10, 5);
  const auto copy = Round::from_json(round.to_json());
  ASSERT_TRUE(copy);
  EXPECT_EQ(copy->members(), round.members());
  EXPECT_EQ(copy->number(), 4U);
  EXPECT_FALSE(Round::from_json({{"number", 1}}));
}

}  // namespace
}  // namespace dk
