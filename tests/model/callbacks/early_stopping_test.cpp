// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/callbacks/early_stopping.hpp"

#include "tests/model/callbacks/callback_support.hpp"

#include <cmath>

namespace dk::model {
namespace {

TEST(EarlyStopping, WithoutPatienceStopsAtTheFirstEpochThatIsNotBetter) {
  FakeContext context;
  EXPECT_EQ(run(*callback(R"({"name": "early_stopping"})"), context, "val_loss", {3, 2, 2, 1}), 3U);
  EXPECT_EQ(context.reason, "val_loss has not got better than 2 for 1 epochs");
}

TEST(EarlyStopping, CountsPatienceSinceTheBestEpoch) {
  FakeContext context;
  const auto stopping = callback(R"({"name": "early_stopping", "patience": 2})");
  EXPECT_EQ(run(*stopping, context, "val_loss", {3, 4, 2, 5, 6, 1}), 5U);
}

TEST(EarlyStopping, AnImprovementOfLessThanMinDeltaIsNone) {
  FakeContext context;
  const auto stopping = callback(R"({"name": "early_stopping", "min_delta": -0.5, "patience": 2})");
  EXPECT_EQ(run(*stopping, context, "val_loss", {3, 2.6, 2.5, 0}), 3U);
}

TEST(EarlyStopping, AutoGoesUpForAccuraciesAndDownForLosses) {
  for (const char* name : {"val_accuracy", "acc", "val_auc", "precision_1", "recall", "f1_score"}) {
    EXPECT_EQ(automatic_direction(name), Direction::kUp) << name;
  }
  for (const char* name : {"val_loss", "loss", "mae", "val_mean_squared_error", "accents_loss"}) {
    EXPECT_EQ(automatic_direction(name), Direction::kDown) << name;
  }
  FakeContext context;
  const auto stopping = callback(R"({"name": "EarlyStopping", "monitor": "accuracy"})");
  EXPECT_EQ(run(*stopping, context, "accuracy", {0.1, 0.2, 0.3, 0.25}), 4U);
}

TEST(EarlyStopping, ModeMaxTurnsALossRound) {
  FakeContext context;
  const auto stopping = callback(R"({"name": "early_stopping", "mode": "max"})");
  EXPECT_EQ(run(*stopping, context, "val_loss", {1, 2, 1.5, 3}), 3U);
}

TEST(EarlyStopping, BringsTheBestWeightsBackHoweverTrainingEnds) {
  const auto stopping =
      callback(R"({"name": "early_stopping", "patience": 2, "restore_best_weights": true})");
  FakeContext stopped;
  EXPECT_EQ(run(*stopping, stopped, "val_loss", {3, 1, 2, 2}), 4U);
  EXPECT_THAT(stopped.flat, testing::ElementsAre(1));
  FakeContext ended;
  EXPECT_EQ(run(*stopping, ended, "val_loss", {3, 1, 2}), 3U);
  EXPECT_THAT(ended.flat, testing::ElementsAre(1));
}

TEST(EarlyStopping, WithoutRestoringTheLastWeightsStay) {
  FakeContext context;
  run(*callback(R"({"name": "early_stopping", "patience": 2})"), context, "val_loss", {3, 1, 2, 2});
  EXPECT_THAT(context.flat, testing::ElementsAre(3));
}

TEST(EarlyStopping, EpochsThatDoNotReachTheBaselineUsePatienceUp) {
  FakeContext context;
  const auto stopping = callback(R"({"name": "early_stopping", "patience": 3, "baseline": 1})");
  EXPECT_EQ(run(*stopping, context, "val_loss", {5, 4, 3, 3, 0}), 4U);
  FakeContext reached;
  EXPECT_EQ(run(*stopping, reached, "val_loss", {5, 0.5, 3, 3, 0.1}), 5U);
}

TEST(EarlyStopping, LooksAwayBeforeItsFirstEpoch) {
  FakeContext context;
  const auto stopping = callback(R"({"name": "early_stopping", "start_from_epoch": 3})");
  EXPECT_EQ(run(*stopping, context, "val_loss", {1, 2, 3, 9, 10, 1}), 5U);
}

TEST(EarlyStopping, NaNIsNeverBetter) {
  FakeContext context;
  const auto stopping = callback(R"({"name": "early_stopping", "patience": 2})");
  EXPECT_EQ(run(*stopping, context, "val_loss", {std::nan(""), 2, std::nan(""), 2, 1}), 4U);
}

TEST(EarlyStopping, AnEpochThatWasNotValidatedDoesNotCount) {
  FakeContext context;
  EXPECT_EQ(run(*callback(R"({"name": "early_stopping"})"), context, "loss", {1, 2, 3}), 3U);
  EXPECT_EQ(context.reason, "");
}

}  // namespace
}  // namespace dk::model
