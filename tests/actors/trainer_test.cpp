// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/trainer.hpp"

#include "tests/support/tiny_job.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dk::test {
namespace {

class TrainerTest : public ::testing::Test {
 protected:
  std::unique_ptr<Trainer> make() {
    auto trainer = Trainer::make(tiny.spec, *storage::Dataset::load(tiny.spec.train));
    EXPECT_TRUE(trainer) << trainer.error().message;
    const auto model = *build_model(tiny.spec);
    model->initialize(tiny.spec.seed);
    std::ranges::copy(model->parameters(), (*trainer)->parameters().begin());
    return std::move(*trainer);
  }
  static void train(Trainer& trainer, std::uint64_t number, const Block& block) {
    trainer.begin(number, block);
    while (!trainer.block_done()) ASSERT_TRUE(trainer.step());
  }
  static std::vector<float> weights(Trainer& trainer) {
    return {trainer.parameters().begin(), trainer.parameters().end()};
  }

  TinyJob tiny;
};

TEST_F(TrainerTest, TheSameBlocksGiveTheSameBits) {
  const auto one = make();
  const auto other = make();
  for (auto* trainer : {one.get(), other.get()}) {
    train(*trainer, 0, {0, 0, 8});
    train(*trainer, 1, {0, 8, 8});
  }
  EXPECT_EQ(weights(*one), weights(*other));
}

TEST_F(TrainerTest, ABlockIsTheSameWhoeverTrainsItAfterWhatever) {
  const auto fresh = make();
  const auto used = make();
  const auto start = weights(*used);
  train(*used, 4, {0, 32, 8});
  std::ranges::copy(start, used->parameters().begin());
  for (auto* trainer : {fresh.get(), used.get()}) train(*trainer, 1, {0, 8, 8});
  EXPECT_EQ(weights(*fresh), weights(*used));
  EXPECT_EQ(fresh->totals().loss_sum, used->totals().loss_sum);
}

TEST_F(TrainerTest, ASmallLastBatchCountsItsSamples) {
  const auto trainer = make();
  train(*trainer, 6, {0, 44, 6});
  EXPECT_EQ(trainer->steps(), 2U);
  EXPECT_EQ(trainer->totals().samples, 6U);
}

TEST_F(TrainerTest, ALossThatIsNotANumberNamesItsBlock) {
  const auto trainer = make();
  std::ranges::fill(trainer->parameters(), std::numeric_limits<float>::quiet_NaN());
  trainer->begin(5, {0, 40, 8});
  const auto done = trainer->step();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, ::testing::HasSubstr("in block 5, mini-batch 1"));
}

}  // namespace
}  // namespace dk::test
