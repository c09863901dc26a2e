// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/losses/probabilistic.hpp"

#include "tests/model/losses/loss_support.hpp"

namespace dk::model {
namespace {

constexpr double kTolerance = 1e-6;

const nlohmann::json kLogits{{"name", "binary_crossentropy"}, {"from_logits", true}};

TEST(ProbabilisticLoss, BinaryCrossentropyIsTheMeanOverOutputs) {
  const auto outcome = run("binary_crossentropy", {{0.75F, 0.25F}, {1, 0}, 2});
  // -log(0.75) each; (y - t) / (y (1 - y)) / 2
  EXPECT_NEAR(outcome.loss, -std::log(0.75), kTolerance);
  EXPECT_THAT(outcome.gradient, near({-2.0F / 3, 2.0F / 3}));
}

TEST(ProbabilisticLoss, BinaryCrossentropyFromLogitsHasOutputMinusTargetAsItsGradient) {
  // sigmoid(log 3) = 3/4
  const float log3 = std::log(3.0F);
  const auto outcome = run(kLogits, {{log3, -log3}, {1, 0}, 2});
  EXPECT_NEAR(outcome.loss, -std::log(0.75), kTolerance);
  EXPECT_THAT(outcome.gradient, near({-0.125F, 0.125F}));
}

TEST(ProbabilisticLoss, BinaryCrossentropySmoothsLabelsTowardsOneHalf) {
  // 1 becomes 0.9, 0 becomes 0.1.
  const double expected = -(0.9 * std::log(0.75) + 0.1 * std::log(0.25));
  EXPECT_NEAR(
      run({{"name", "binary_crossentropy"}, {"label_smoothing", 0.2}}, {{0.75F, 0.25F}, {1, 0}, 2})
          .loss,
      expected, kTolerance);
  nlohmann::json smooth = kLogits;
  smooth["label_smoothing"] = 0.2;
  const auto outcome = run(smooth, {{std::log(3.0F)}, {1}, 1});
  EXPECT_NEAR(outcome.loss, expected, kTolerance);
  EXPECT_THAT(outcome.gradient, near({-0.15F}));
}

TEST(ProbabilisticLoss, BinaryCrossentropyOfHugeLogitsIsExact) {
  const auto outcome = run(kLogits, {{1e4F, -1e4F, 1e4F, -1e4F}, {0, 1, 1, 0}, 1});
  EXPECT_EQ(outcome.loss, 2e4);
  EXPECT_THAT(outcome.gradient, near({1, -1, 0, 0}));
  // log(1 + e^-15)
  EXPECT_NEAR(run(kLogits, {{15}, {1}, 1}).loss, 3.0590228e-07, 1e-12);
}

TEST(ProbabilisticLoss, BinaryCrossentropyClipsOutputsAsKerasDoes) {
  const auto outcome = run("binary_crossentropy", {{0, 0}, {1, 0}, 1});
  EXPECT_NEAR(outcome.loss, -std::log(1e-7), 1e-5);
  EXPECT_THAT(outcome.gradient, near({0, 0}));
}

TEST(ProbabilisticLoss, PoissonIsTheOutputMinusTargetTimesItsLogarithm) {
  const float e = std::exp(1.0F);
  const auto outcome = run("poisson", {{e, 2}, {3, 0}, 2});
  // (e - 3 * 1 + 2) / 2; (1 - 3 / e) / 2, 1 / 2
  EXPECT_NEAR(outcome.loss, (e - 1) / 2.0, kTolerance);
  EXPECT_THAT(outcome.gradient, near({(1 - 3 / e) / 2, 0.5F}));
}

TEST(ProbabilisticLoss, KlDivergenceIsASumAndZeroForTheTarget) {
  EXPECT_NEAR(run("kl_divergence", {{0.5F, 0.5F}, {0.5F, 0.5F}, 2}).loss, 0, kTolerance);
  // 0.75 log(0.75 / 0.5) + 0.25 log(0.25 / 0.5) = 0.1308120; -t / y
  const auto outcome = run("kld", {{0.5F, 0.5F}, {0.75F, 0.25F}, 2});
  EXPECT_NEAR(outcome.loss, 0.1308120, kTolerance);
  EXPECT_THAT(outcome.gradient, near({-1.5F, -0.5F}));
}

}  // namespace
}  // namespace dk::model
