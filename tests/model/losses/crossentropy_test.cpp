// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/losses/crossentropy.hpp"

#include "tests/model/losses/loss_support.hpp"

#include <limits>

namespace dk::model {
namespace {

constexpr double kTolerance = 1e-6;

const nlohmann::json kDense{{"name", "categorical_crossentropy"}};
const nlohmann::json kDenseLogits{{"name", "categorical_crossentropy"}, {"from_logits", true}};
const nlohmann::json kSparse{{"name", "sparse_categorical_crossentropy"}};
const nlohmann::json kSparseLogits{{"name", "sparse_categorical_crossentropy"},
                                   {"from_logits", true}};

TEST(Crossentropy, FromLogitsIsLogSumExpMinusTheTarget) {
  const float log2 = std::log(2.0F);
  // softmax(log 2, 0, 0) = (1/2, 1/4, 1/4)
  const auto dense = run(kDenseLogits, {{log2, 0, 0}, {0, 1, 0}, 3});
  EXPECT_NEAR(dense.loss, std::log(4.0), kTolerance);
  EXPECT_THAT(dense.gradient, near({0.5F, -0.75F, 0.25F}));
  const auto sparse = run(kSparseLogits, {{log2, 0, 0}, {1}, 3});
  EXPECT_NEAR(sparse.loss, dense.loss, kTolerance);
  EXPECT_THAT(sparse.gradient, near(dense.gradient));
}

TEST(Crossentropy, FromOutputsDividesByTheirSum) {
  // p = (1/2, 1/4, 1/4); d/dy_i of -log(y_1 / sum) = 1 / sum - [i = 1] / y_1
  const auto dense = run(kDense, {{2, 1, 1}, {0, 1, 0}, 3});
  EXPECT_NEAR(dense.loss, std::log(4.0), kTolerance);
  EXPECT_THAT(dense.gradient, near({0.25F, -0.75F, 0.25F}));
  const auto sparse = run(kSparse, {{2, 1, 1}, {1}, 3});
  EXPECT_NEAR(sparse.loss, dense.loss, kTolerance);
  EXPECT_THAT(sparse.gradient, near(dense.gradient));
}

TEST(Crossentropy, SmoothingSpreadsAPartOfTheTargetOverAllClasses) {
  nlohmann::json smooth = kDense;
  smooth["label_smoothing"] = 0.3;
  // t = 0.7 * (0, 1, 0) + 0.1 = (0.1, 0.8, 0.1) of p = (1/2, 1/4, 1/4)
  const double expected = 0.1 * std::log(2.0) + 0.9 * std::log(4.0);
  EXPECT_NEAR(run(smooth, {{0.5F, 0.25F, 0.25F}, {0, 1, 0}, 3}).loss, expected, kTolerance);
  smooth["from_logits"] = true;
  const auto outcome = run(smooth, {{std::log(2.0F), 0, 0}, {0, 1, 0}, 3});
  EXPECT_NEAR(outcome.loss, expected, kTolerance);
  EXPECT_THAT(outcome.gradient, near({0.4F, -0.55F, 0.15F}));  // p - t
}

TEST(Crossentropy, OfHugeLogitsIsExact) {
  for (const auto& [config, target] :
       {std::pair{kSparseLogits, std::vector<float>{1}}, {kDenseLogits, {0, 1}}}) {
    const auto outcome = run(config, {{1e4F, -1e4F}, target, 2});
    EXPECT_DOUBLE_EQ(outcome.loss, 2e4);
    EXPECT_THAT(outcome.gradient, near({1, -1}));
    // e^-10 far from zero, log(1 + e^-10) = 4.5398899e-05
    EXPECT_NEAR(run(config, {{9990, 10000}, target, 2}).loss, 4.5398899e-05, 1e-7);
  }
}

TEST(Crossentropy, TargetOfZeroMakesAnInfiniteLogitNoLoss) {
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_NEAR(run(kDenseLogits, {{0, 0, -infinity}, {1, 0, 0}, 3}).loss, std::log(2.0), kTolerance);
}

TEST(Crossentropy, ClipsOutputsAsKerasDoes) {
  for (const auto& [config, target] :
       {std::pair{kSparse, std::vector<float>{1}}, {kDense, {0, 1}}}) {
    const auto outcome = run(config, {{1, 0}, target, 2});
    EXPECT_NEAR(outcome.loss, -std::log(1e-7), 1e-5);
    EXPECT_THAT(outcome.gradient, near({0, 0}));
  }
}

TEST(Crossentropy, LabelThatIsNoClassMakesLossAndGradientNan) {
  for (const float label : {-1.0F, 2.0F, 0.5F, std::nanf("")}) {
    for (const auto& config : {kSparse, kSparseLogits}) {
      const auto outcome = run(config, {{0.5F, 0.5F}, {label}, 2});
      EXPECT_TRUE(std::isnan(outcome.loss)) << label;
      EXPECT_TRUE(std::isnan(outcome.gradient[0])) << label;
    }
  }
}

}  // namespace
}  // namespace dk::model
