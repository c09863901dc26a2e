// SPDX-License-Identifier: GPL-3.0-or-later
// A shard under synchronous algorithms, and its weights that do not learn.
#include "actors/algorithms/registry.hpp"
#include "actors/shard.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace dk::test {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::FloatEq;

constexpr WorkerId kAnn{1};
constexpr WorkerId kBob{2};
constexpr Incarnation kShardLife{10};
constexpr Incarnation kLife{20};
constexpr std::uint64_t kFloats = 4;
constexpr std::uint64_t kLearning = 2;

/// Two weights that learn and two that do not, all zeros, in one part.
class ShardRounds : public ::testing::Test {
 protected:
  void start(const AlgorithmConfig& config) {
    const std::shared_ptr<const Algorithm> algorithm = *make_algorithm(config, 2);
    auto values = allocate_floats(kFloats * (1 + algorithm->shard_slots()));
    std::fill_n(values.get(), kFloats * (1 + algorithm->shard_slots()), 0.0F);
    shard = std::make_unique<Shard>(ShardConfig{ShardId(1), kShardLife, algorithm,
                                                std::move(values), kFloats, kLearning, 0,
                                                std::make_shared<std::atomic<std::uint64_t>>(0)});
  }
  Result<ExchangedPart> commit(WorkerId worker, std::uint64_t sequence, float value,
                               Incarnation life = kLife) {
    auto values = allocate_floats(kFloats);
    std::fill_n(values.get(), kFloats, value);
    return shard->exchange({worker, life, kShardLife, sequence, 100 + sequence, 0, 1, 0,
                            Tensor(std::move(values), kFloats)});
  }
  std::vector<float> centre() {
    const auto values = shard->pull(kShardLife, 0, kFloats);
    return {values->span().begin(), values->span().end()};
  }
  static CloseRound round(std::uint64_t number, std::vector<Held> members) {
    return {Incarnation(1), number, std::move(members)};
  }

  std::unique_ptr<Shard> shard;
};

TEST_F(ShardRounds, KeepContributionsBesideTheWeightsUntilTheyClose) {
  start({"sparknet"});
  EXPECT_EQ(commit(kAnn, 1, 2)->values.size(), 0U) << "nothing comes back";
  ASSERT_TRUE(commit(kBob, 1, 4));
  EXPECT_THAT(centre(), Each(0.0F));
  ASSERT_TRUE(shard->close(round(1, {{kAnn, kLife, 1}, {kBob, kLife, 1}})));
  EXPECT_THAT(centre(), Each(3.0F));
}

TEST_F(ShardRounds, AreTakenInOnce) {
  start({"sync-sgd"});
  ASSERT_TRUE(commit(kAnn, 1, 2));
  const auto closed = round(1, {{kAnn, kLife, 1}});
  ASSERT_TRUE(shard->close(closed));
  ASSERT_TRUE(shard->close(closed)) << "a restarted supervisor asks again";
  EXPECT_EQ(centre().front(), 2);
}

TEST_F(ShardRounds, TakeInNobodyWhoIsNoMember) {
  start({"sparknet"});
  ASSERT_TRUE(commit(kAnn, 1, 2));
  ASSERT_TRUE(commit(kBob, 1, 4));
  ASSERT_TRUE(shard->close(round(1, {{kAnn, kLife, 1}})));
  EXPECT_THAT(centre(), Each(2.0F));
  ASSERT_TRUE(commit(kBob, 2, 6)) << "who came too late goes on";
  ASSERT_TRUE(shard->close(round(2, {{kBob, kLife, 2}})));
  EXPECT_THAT(centre(), Each(6.0F));
}

TEST_F(ShardRounds, AreRefusedWhenAMembersCommitIsNotThere) {
  start({"sparknet"});
  ASSERT_TRUE(commit(kAnn, 1, 2));
  const auto closed = shard->close(round(1, {{kAnn, kLife, 2}}));
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().code, Errc::kInvalid);
  EXPECT_THAT(centre(), Each(0.0F));
}

TEST_F(ShardRounds, KeepTheContributionOfAMemberThatDiedAfterIt) {
  start({"sparknet"});
  ASSERT_TRUE(commit(kAnn, 1, 2));
  shard->fence(kAnn, kLife);
  ASSERT_TRUE(shard->close(round(1, {{kAnn, kLife, 1}})));
  EXPECT_THAT(centre(), Each(2.0F));
}

TEST_F(ShardRounds, ForgetACommitThatIsTakenBackWithoutTouchingTheWeights) {
  start({"sparknet"});
  ASSERT_TRUE(commit(kAnn, 1, 2));
  shard->fence(kAnn, kLife);
  shard->revert(kAnn, 1);
  EXPECT_THAT(centre(), Each(0.0F));
  EXPECT_FALSE(shard->close(round(1, {{kAnn, kLife, 1}})));
}

TEST_F(ShardRounds, StatisticsAreAveragedWhateverTheAlgorithmDoesWithTheRest) {
  start({"diloco", {{"learning_rate", 0.5}, {"momentum", 0}}});
  ASSERT_TRUE(commit(kAnn, 1, 2));
  ASSERT_TRUE(commit(kBob, 1, 4));
  ASSERT_TRUE(shard->close(round(1, {{kAnn, kLife, 1}, {kBob, kLife, 1}})));
  EXPECT_THAT(centre(), ElementsAre(-1.5F, -1.5F, 3, 3));
}

TEST_F(ShardRounds, WithoutRoundsStatisticsAreAddedAndTakenOutAgain) {
  start({"dynsgd"});
  ASSERT_TRUE(commit(kAnn, 1, 2));
  const auto reply = commit(kBob, 1, 4);
  ASSERT_TRUE(reply);
  EXPECT_THAT(centre(), ElementsAre(6, 6, 6, 6)) << "nobody is stale before the first exchange";
  shard->fence(kBob, kLife);
  shard->revert(kBob, 1);
  EXPECT_THAT(centre(), Each(FloatEq(2)));
}

TEST_F(ShardRounds, ARepeatedElasticCommitIsAnsweredWithTheSameDifference) {
  start({"aeasgd", {{"alpha", 0.5}}});
  const auto first = commit(kAnn, 1, 8);
  ASSERT_TRUE(first);
  ASSERT_TRUE(commit(kBob, 1, 2));
  const auto again = commit(kAnn, 1, 8);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->duplicate);
  EXPECT_EQ(again->values, first->values);
}

TEST_F(ShardRounds, ANewLifeKnowsNothingOfWhatTheOldOneWasAnswered) {
  start({"experimental", {{"learning_rate", 1}}});
  ASSERT_TRUE(commit(kAnn, 1, 1));
  ASSERT_TRUE(commit(kBob, 1, 3));
  ASSERT_TRUE(commit(kAnn, 1, 1, Incarnation(21)));
  EXPECT_EQ(centre().front(), 5) << "no stale centre to measure by, so it counts in full";
}

}  // namespace
}  // namespace dk::test
