// SPDX-License-Identifier: GPL-3.0-or-later
// A shard under full batches: blocks count once, programs run once.
#include "actors/algorithms/registry.hpp"
#include "actors/algorithms/sandblaster_lbfgs.hpp"
#include "actors/shard.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace dk::test {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using V = SandblasterLbfgs;

constexpr Incarnation kShardLife{10};
constexpr Incarnation kLife{20};
constexpr std::uint64_t kFloats = 4;
constexpr std::uint64_t kLearning = 2;

/// Two weights that learn and two that do not, all zeros, in one part.
class ShardPasses : public ::testing::Test {
 protected:
  ShardPasses() {
    const std::shared_ptr<const Algorithm> algorithm =
        *make_algorithm({"sandblaster-lbfgs", {{"history", 1}}}, 2);
    const auto floats = kFloats * (1 + algorithm->shard_slots());
    auto values = allocate_floats(floats);
    std::fill_n(values.get(), floats, 0.0F);
    shard = std::make_unique<Shard>(ShardConfig{ShardId(1), kShardLife, algorithm,
                                                std::move(values), kFloats, kLearning, 0,
                                                std::make_shared<std::atomic<std::uint64_t>>(0)});
  }
  void commit(std::uint32_t worker, std::uint64_t sequence, std::uint64_t block, float value) {
    auto values = allocate_floats(kFloats);
    std::fill_n(values.get(), kFloats, value);
    const auto reply = shard->exchange({WorkerId(worker), kLife, kShardLife, sequence, block, 0, 1,
                                        0, Tensor(std::move(values), kFloats)});
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->values.size(), 0U) << "nothing comes back";
  }
  /// centre <- centre + gradient, and their product.
  static VectorProgram program(std::uint64_t number, std::uint64_t first_block) {
    return {number,
            first_block,
            {{V::kCentre, {{V::kCentre, 1}, {V::kGradient, 1}}}},
            {{V::kCentre, V::kGradient}}};
  }
  std::vector<float> centre() {
    const auto values = shard->pull(kShardLife, 0, kFloats);
    return {values->span().begin(), values->span().end()};
  }

  std::unique_ptr<Shard> shard;
};

TEST_F(ShardPasses, AddUpTheGradientAndLeaveTheWeightsAlone) {
  commit(1, 1, 0, 2);
  commit(2, 1, 1, 3);
  EXPECT_THAT(centre(), ElementsAre(0, 0, 5, 5)) << "but for statistics";
  EXPECT_THAT(shard->run(program(1, 2))->sums, ElementsAre(2 * 5 * 5));
  EXPECT_THAT(centre(), ElementsAre(5, 5, 5, 5));
}

TEST_F(ShardPasses, CountABlockOnceWhoeverComputesIt) {
  commit(1, 1, 0, 2);
  commit(2, 1, 0, 2);
  ASSERT_TRUE(shard->run(program(1, 1)));
  EXPECT_THAT(centre(), Each(2.0F));
}

TEST_F(ShardPasses, CountABlockOnceThoughItsFirstWorkerWasLost) {
  commit(1, 1, 0, 2);
  shard->fence(WorkerId(1), kLife);
  shard->revert(WorkerId(1), 1);
  commit(2, 1, 0, 2);
  ASSERT_TRUE(shard->run(program(1, 1)));
  EXPECT_THAT(centre(), Each(2.0F));
}

TEST_F(ShardPasses, LeaveOutWhatComesAfterTheirPass) {
  ASSERT_TRUE(shard->run(program(1, 3)));
  commit(1, 1, 2, 7);
  ASSERT_TRUE(shard->run(program(2, 3)));
  EXPECT_THAT(centre(), Each(0.0F));
}

TEST_F(ShardPasses, RunAProgramOnceAndAnswerItAgain) {
  commit(1, 1, 0, 2);
  const auto sums = shard->run(program(1, 1))->sums;
  EXPECT_EQ(shard->run(program(1, 1))->sums, sums);
  EXPECT_THAT(centre(), Each(2.0F));
}

TEST_F(ShardPasses, RefuseAProgramThatDoesNotFit) {
  auto wild = program(1, 1);
  wild.combinations.front().terms.push_back({V::kPairs + 4, 1});
  EXPECT_EQ(shard->run(wild).error().code, Errc::kInvalid) << "there are two pairs";
  ASSERT_TRUE(shard->run(program(5, 1)));
  EXPECT_EQ(shard->run(program(4, 1)).error().code, Errc::kInvalid) << "older than the newest";
}

}  // namespace
}  // namespace dk::test
