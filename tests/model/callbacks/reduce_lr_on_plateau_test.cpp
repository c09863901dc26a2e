// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/callbacks/reduce_lr_on_plateau.hpp"

#include "tests/model/callbacks/callback_support.hpp"

namespace dk::model {
namespace {

/// The rate after each epoch.
std::vector<float> rates(const std::string& text, const std::vector<double>& losses) {
  const auto reducing = callback(text);
  FakeContext context;
  EXPECT_TRUE(reducing->on_train_begin(context));
  std::vector<float> seen;
  for (std::size_t epoch = 0; epoch < losses.size(); ++epoch) {
    EXPECT_TRUE(reducing->on_epoch_end(epoch, {{"val_loss", losses[epoch]}}, context));
    seen.push_back(context.rate);
  }
  return seen;
}

using testing::ElementsAre;

TEST(ReduceLROnPlateau, CutsTheRateAfterPatienceEpochsWithoutProgress) {
  EXPECT_THAT(rates(R"({"name": "reduce_lr_on_plateau", "factor": 0.5, "patience": 2})",
                    {1, 1, 1, 1, 1, 0.5, 1}),
              ElementsAre(1, 1, 0.5F, 0.5F, 0.25F, 0.25F, 0.25F));
}

TEST(ReduceLROnPlateau, DoesNotCountDuringTheCooldown) {
  EXPECT_THAT(rates(R"({"name": "reduce_lr_on_plateau", "factor": 0.5, "patience": 1,
                        "cooldown": 2})",
                    {1, 1, 1, 1, 1, 1}),
              ElementsAre(1, 0.5F, 0.5F, 0.25F, 0.25F, 0.125F));
}

TEST(ReduceLROnPlateau, StopsAtTheSmallestRate) {
  EXPECT_THAT(rates(R"({"name": "reduce_lr_on_plateau", "factor": 0.5, "patience": 1,
                        "min_lr": 0.375})",
                    {1, 1, 1, 1}),
              ElementsAre(1, 0.5F, 0.375F, 0.375F));
}

TEST(ReduceLROnPlateau, ByDefaultWaitsTenEpochsForATenThousandth) {
  std::vector<double> losses(12, 0.99995);
  losses.front() = 1;
  const auto seen = rates(R"({"name": "reduce_lr_on_plateau"})", losses);
  EXPECT_EQ(seen[9], 1);
  EXPECT_EQ(seen[10], 0.1F);
}

TEST(ReduceLROnPlateau, RefusesAnOptimizerWithAScheduleAtOnce) {
  FakeContext context;
  context.has_schedule = true;
  const auto begun = callback(R"({"name": "reduce_lr_on_plateau"})")->on_train_begin(context);
  EXPECT_EQ(begun.error().message, "the learning rate follows a schedule");
}

}  // namespace
}  // namespace dk::model
