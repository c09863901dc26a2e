// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/losses/regression.hpp"

#include "tests/model/losses/loss_support.hpp"

namespace dk::model {
namespace {

constexpr double kTolerance = 1e-6;

TEST(RegressionLoss, MeanSquaredErrorIsTheMeanOverOutputsSummedOverRows) {
  const auto outcome =
      run("mse", {.outputs = {1, 2, 3, 5}, .targets = {0, 2, 1, 1}, .size = 2, .scale = 0.5F});
  // (1 + 0) / 2 + (4 + 16) / 2
  EXPECT_NEAR(outcome.loss, 10.5, kTolerance);
  // 0.5 * 2 * difference / 2
  EXPECT_THAT(outcome.gradient, near({0.5F, 0, 1, 2}));
}

TEST(RegressionLoss, MeanAbsoluteErrorHasTheSignAsItsGradient) {
  const auto outcome = run("mae", {{1, 2, 3, 5}, {2, 2, 1, 1}, 4});
  EXPECT_NEAR(outcome.loss, (1 + 0 + 2 + 4) / 4.0, kTolerance);
  EXPECT_THAT(outcome.gradient, near({-0.25F, 0, 0.25F, 0.25F}));
}

TEST(RegressionLoss, PercentageIsOfTheTarget) {
  const auto outcome = run("mape", {{1, 3}, {2, -4}, 2});
  // 100 * (1/2 + 7/4) / 2; 100 / |t| / 2 with the sign
  EXPECT_NEAR(outcome.loss, 112.5, 1e-4);
  EXPECT_THAT(outcome.gradient, near({-25, 12.5F}));
  // 100 * 1e-6 / 1e-7
  EXPECT_NEAR(run("mape", {{1e-6F}, {0}, 1}).loss, 1000, 1e-3);
}

TEST(RegressionLoss, SquaredLogarithmicErrorTakesNegativeOutputsForZero) {
  const float e = std::exp(1.0F);
  const auto outcome = run("msle", {{e - 1, -5}, {0, e - 1}, 2});
  // (1 - 0)^2 and (0 - 1)^2, to 1e-7; 2 * 1 / e / 2 and none where it bites.
  EXPECT_NEAR(outcome.loss, 1, kTolerance);
  EXPECT_THAT(outcome.gradient, near({1 / e, 0}));
}

TEST(RegressionLoss, HuberIsSquaredNearAndLinearFarFromTheTarget) {
  const auto one = run("huber", {{0.5F, -3}, {0, 0}, 2});
  // (0.125 + (3 - 0.5)) / 2
  EXPECT_NEAR(one.loss, 1.3125, kTolerance);
  EXPECT_THAT(one.gradient, near({0.25F, -0.5F}));
  const auto two = run({{"name", "huber"}, {"delta", 2}}, {{0.5F, -3}, {0, 0}, 2});
  // (0.125 + (6 - 2)) / 2
  EXPECT_NEAR(two.loss, 2.0625, kTolerance);
  EXPECT_THAT(two.gradient, near({0.25F, -1}));
}

TEST(RegressionLoss, LogCoshDoesNotOverflow) {
  const auto outcome = run("log_cosh", {{1, -1e4F}, {0, 0}, 2});
  // log(cosh(1)) = 0.4337808; far away it is |d| - log 2.
  EXPECT_NEAR(outcome.loss, (0.4337808 + 1e4 - std::log(2.0)) / 2, 1e-3);
  EXPECT_THAT(outcome.gradient, near({std::tanh(1.0F) / 2, -0.5F}));
}

TEST(RegressionLoss, CosineSimilarityIsMinusOneForTheSameDirection) {
  EXPECT_NEAR(run("cosine_similarity", {{3, 4}, {6, 8}, 2}).loss, -1, kTolerance);
  // -(3 * 1) / (5 * 1); -(t / 5 - y * 3 / 125)
  const auto outcome = run("cosine_similarity", {{3, 4}, {1, 0}, 2});
  EXPECT_NEAR(outcome.loss, -0.6, kTolerance);
  EXPECT_THAT(outcome.gradient, near({-0.128F, 0.096F}));
  EXPECT_EQ(run("cosine_similarity", {{0, 0}, {1, 0}, 2}).loss, 0);
}

}  // namespace
}  // namespace dk::model
