// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/shard.hpp"

#include "actors/algorithms/registry.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <limits>

namespace dk::test {
namespace {

using ::testing::Each;
using ::testing::FloatEq;

constexpr WorkerId kWorker{1};
constexpr Incarnation kShardLife{10};
constexpr Incarnation kWorkerLife{20};
constexpr std::uint64_t kFloats = 2 * defaults::kPartFloats;

/// A shard of two parts, all zeros, under ADAG (contributions are added).
class ShardTest : public ::testing::Test {
 protected:
  ShardTest() {
    auto values = allocate_floats(kFloats);
    std::fill_n(values.get(), kFloats, 0.0F);
    shard = std::make_unique<Shard>(
        ShardConfig{ShardId(1), kShardLife, *make_algorithm({"adag", nlohmann::json::object()}, 2),
                    std::move(values), kFloats, kFloats, 0, duplicates});
  }

  static ExchangePart part_of(std::uint32_t part, std::uint64_t sequence, float value) {
    const Parts parts(kFloats);
    auto values = allocate_floats(parts.size(part));
    std::fill_n(values.get(), parts.size(part), value);
    return {kWorker,       kWorkerLife,        kShardLife,
            sequence,      100 + sequence,     part,
            parts.count(), parts.offset(part), Tensor(std::move(values), parts.size(part))};
  }
  void commit(std::uint64_t sequence, float value) {
    for (const std::uint32_t part : {0U, 1U})
      ASSERT_TRUE(shard->exchange(part_of(part, sequence, value)));
  }
  std::vector<float> centre(std::uint32_t part) {
    const auto values = shard->pull(kShardLife, Parts(kFloats).offset(part), 4);
    return {values->span().begin(), values->span().end()};
  }
  static Errc code_of(const Result<ExchangedPart>& result) {
    return result ? Errc::kNone : result.error().code;
  }

  std::shared_ptr<std::atomic<std::uint64_t>> duplicates =
      std::make_shared<std::atomic<std::uint64_t>>(0);
  std::unique_ptr<Shard> shard;
};

TEST_F(ShardTest, AnswersAPartWithTheNewCentre) {
  const auto reply = shard->exchange(part_of(1, 1, 2));
  ASSERT_TRUE(reply);
  EXPECT_FALSE(reply->duplicate);
  EXPECT_THAT(reply->values.span(), Each(FloatEq(2)));
  EXPECT_THAT(centre(0), Each(FloatEq(0)));
}

TEST_F(ShardTest, RefusesNumbersThatAreNotFinite) {
  commit(1, 2);
  for (const float bad :
       {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(),
        std::numeric_limits<float>::quiet_NaN()}) {
    auto part = part_of(1, 2, 3);
    auto values = allocate_floats(part.values.size());
    std::ranges::copy(part.values.span(), values.get());
    values.get()[part.values.size() - 1] = bad;
    part.values = Tensor(std::move(values), part.values.size());
    const auto refused = shard->exchange(part);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::kInvalid);
  }
  EXPECT_THAT(centre(1), Each(FloatEq(2)));
  EXPECT_TRUE(shard->exchange(part_of(1, 2, 3))) << "the same commit, healthy";
}

TEST_F(ShardTest, AppliesARepeatedPartOnceAndAnswersItWithTheCentreOfNow) {
  commit(1, 2);
  for (int repeat = 0; repeat < 3; ++repeat) {
    const auto reply = shard->exchange(part_of(0, 1, 2));
    ASSERT_TRUE(reply);
    EXPECT_TRUE(reply->duplicate);
    EXPECT_THAT(reply->values.span(), Each(FloatEq(2)));
  }
  EXPECT_THAT(centre(0), Each(FloatEq(2)));
  EXPECT_EQ(*duplicates, 1U);
}

TEST_F(ShardTest, RefusesAWorkerThatWasFenced) {
  commit(1, 2);
  EXPECT_EQ(shard->fence(kWorker, kWorkerLife).complete, 1U);
  EXPECT_EQ(code_of(shard->exchange(part_of(0, 2, 5))), Errc::kStaleIncarnation);
  EXPECT_THAT(centre(0), Each(FloatEq(2)));
}

TEST_F(ShardTest, RefusesAnIncarnationBeforeTheWorkersPresentOne) {
  commit(1, 2);
  auto late = part_of(0, 2, 5);
  late.incarnation = Incarnation(kWorkerLife.value - 1);
  EXPECT_EQ(code_of(shard->exchange(late)), Errc::kStaleIncarnation);
}

TEST_F(ShardTest, RefusesWhatIsMeantForAnotherOfItsLives) {
  auto part = part_of(0, 1, 5);
  part.shard = Incarnation(kShardLife.value + 1);
  EXPECT_EQ(code_of(shard->exchange(part)), Errc::kStaleIncarnation);
  EXPECT_FALSE(shard->pull(Incarnation(9), 0, 1));
}

TEST_F(ShardTest, RefusesPartsThatDoNotFit) {
  for (const auto& spoil : std::vector<void (*)(ExchangePart&)>{
           [](ExchangePart& part) { part.part = 2; }, [](ExchangePart& part) { part.parts = 3; },
           [](ExchangePart& part) { part.offset = 16; },
           [](ExchangePart& part) { part.values = Tensor(allocate_floats(1), 1); },
           [](ExchangePart& part) { part.sequence = 2; }}) {
    auto part = part_of(0, 1, 5);
    spoil(part);
    EXPECT_EQ(code_of(shard->exchange(part)), Errc::kInvalid);
  }
  EXPECT_THAT(centre(0), Each(FloatEq(0)));
}

TEST_F(ShardTest, RefusesToPullBeyondItsEnd) {
  EXPECT_FALSE(shard->pull(kShardLife, kFloats, 1));
  EXPECT_FALSE(shard->pull(kShardLife, 0, defaults::kPartFloats + 1));
  EXPECT_FALSE(shard->pull(kShardLife, ~std::uint64_t{0}, 2));
}

TEST_F(ShardTest, TakesTheHalfCommitOfADeadWorkerOutAgain) {
  commit(1, 2);
  ASSERT_TRUE(shard->exchange(part_of(0, 2, 0.25F)));
  const auto fenced = shard->fence(kWorker, kWorkerLife);
  EXPECT_EQ(fenced.complete, 1U);
  EXPECT_EQ(fenced.partial_parts, 1U);
  for (int repeat = 0; repeat < 2; ++repeat) shard->revert(kWorker, 2);
  EXPECT_THAT(centre(0), Each(FloatEq(2)));
  EXPECT_THAT(centre(1), Each(FloatEq(2)));
  EXPECT_TRUE(shard->snapshot());
}

TEST_F(ShardTest, TakesAWholeCommitOutThatOtherShardsNeverGot) {
  commit(1, 2);
  commit(2, 3);
  EXPECT_EQ(shard->fence(kWorker, kWorkerLife).recent_blocks.back(), 102U);
  shard->revert(kWorker, 2);
  EXPECT_THAT(centre(0), Each(FloatEq(2)));
  EXPECT_THAT(centre(1), Each(FloatEq(2)));
  EXPECT_EQ(shard->snapshot().value()->cut.commits.at(0).sequence, 1U);
}

TEST_F(ShardTest, ASnapshotStaysAsItWasWhileTrainingGoesOn) {
  commit(1, 2);
  const auto snapshot = shard->snapshot();
  ASSERT_TRUE(snapshot);
  commit(2, 3);
  const auto& cut = **snapshot;
  ASSERT_EQ(cut.floats.size(), 2U);
  for (const auto& part : cut.floats) EXPECT_THAT(part.span(), Each(FloatEq(2)));
  EXPECT_EQ(cut.cut.commits.at(0).sequence, 1U);
  EXPECT_THAT(centre(0), Each(FloatEq(5)));
}

TEST_F(ShardTest, RefusesASnapshotWhileACommitIsHalfIn) {
  ASSERT_TRUE(shard->exchange(part_of(0, 1, 2)));
  const auto snapshot = shard->snapshot();
  ASSERT_FALSE(snapshot);
  EXPECT_EQ(snapshot.error().code, Errc::kUnavailable);
}

}  // namespace
}  // namespace dk::test
