// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/losses/hinge.hpp"

#include "tests/model/losses/loss_support.hpp"

namespace dk::model {
namespace {

constexpr double kTolerance = 1e-6;
const float kNan = std::nanf("");

TEST(HingeLoss, CountsWhatIsMissingToAMarginOfOne) {
  const auto outcome = run("hinge", {{0.5F, 0.5F, 2}, {1, -1, 1}, 3});
  // (0.5 + 1.5 + 0) / 3
  EXPECT_NEAR(outcome.loss, 2.0 / 3, kTolerance);
  EXPECT_THAT(outcome.gradient, near({-1.0F / 3, 1.0F / 3, 0}));
}

TEST(HingeLoss, SquaredCountsTheSquare) {
  const auto outcome = run("squared_hinge", {{0.5F, 0.5F, 2}, {1, -1, 1}, 3});
  // (0.25 + 2.25 + 0) / 3; -2 t margin / 3
  EXPECT_NEAR(outcome.loss, 2.5 / 3, kTolerance);
  EXPECT_THAT(outcome.gradient, near({-1.0F / 3, 1, 0}));
}

TEST(HingeLoss, TakesZerosAndOnesForMinusOneAndOne) {
  for (const char* name : {"hinge", "squared_hinge"}) {
    const auto bits = run(name, {{0.5F, 0.5F, 2}, {1, 0, 1}, 1});
    const auto signs = run(name, {{0.5F, 0.5F, 2}, {1, -1, 1}, 1});
    EXPECT_NEAR(bits.loss, signs.loss, kTolerance);
    EXPECT_THAT(bits.gradient, near(signs.gradient));
    // Not when one of the batch says otherwise, unless it has no weight.
    EXPECT_NEAR(run(name, {{0.5F, 0.5F}, {0, -1}, 1, {1, 1}}).loss,
                1 + run(name, {{0.5F}, {-1}, 1}).loss, kTolerance);
    EXPECT_NEAR(run(name, {{0.5F, 0.5F}, {0, kNan}, 1, {1, 0}}).loss,
                run(name, {{0.5F}, {-1}, 1}).loss, kTolerance);
  }
}

TEST(HingeLoss, CategoricalIsTheBestWrongMinusTheRightOutput) {
  const auto outcome = run("categorical_hinge", {{0.2F, 0.5F, 0.9F}, {0, 1, 0}, 3});
  EXPECT_NEAR(outcome.loss, 0.9 - 0.5 + 1, kTolerance);
  EXPECT_THAT(outcome.gradient, near({0, -1, 1}));
  const auto right = run("categorical_hinge", {{0.2F, 2, 0.9F}, {0, 1, 0}, 3});
  EXPECT_EQ(right.loss, 0);
  EXPECT_THAT(right.gradient, near({0, 0, 0}));
}

TEST(HingeLoss, CategoricalSharesTheGradientOfEquallyWrongOutputs) {
  const auto outcome = run("categorical_hinge", {{0.9F, 0.5F, 0.9F}, {0, 1, 0}, 3});
  EXPECT_THAT(outcome.gradient, near({0.5F, -1, 0.5F}));
}

}  // namespace
}  // namespace dk::model
