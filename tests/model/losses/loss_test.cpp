// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/losses/loss.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace dk::model {
namespace {

constexpr double kTolerance = 1e-6;

struct Outcome {
  double loss;
  std::vector<float> gradient;
};

Outcome run(double (*loss)(const LossBatch&), std::vector<float> outputs,
            std::vector<float> targets, std::size_t size) {
  Outcome outcome{0, std::vector<float>(outputs.size())};
  LossBatch batch{outputs.data(), targets.data(), outcome.gradient.data(), outputs.size() / size,
                  size};
  outcome.loss = loss(batch);
  batch.gradient = nullptr;
  EXPECT_TRUE(std::isnan(outcome.loss) || std::fabs(loss(batch) - outcome.loss) < kTolerance);
  return outcome;
}

auto near(std::vector<float> values) {
  return testing::Pointwise(testing::FloatNear(1e-6F), values);
}

const Loss& loss(const char* name) {
  return **find_loss(name);
}

TEST(Loss, MeanSquaredErrorIsTheMeanOverOutputsSummedOverSamples) {
  const auto outcome = run(loss("mse").from_outputs, {1, 2, 3, 5}, {0, 2, 1, 1}, 2);
  // (1 + 0) / 2 + (4 + 16) / 2
  EXPECT_NEAR(outcome.loss, 10.5, kTolerance);
  // 2 * difference / (2 samples * 2 outputs)
  EXPECT_THAT(outcome.gradient, near({0.5F, 0, 1, 2}));
}

TEST(Loss, CrossentropyFromLogitsIsLogSumExpMinusTheTarget) {
  const float log2 = std::log(2.0F);
  // softmax(log 2, 0, 0) = (1/2, 1/4, 1/4)
  const auto dense = run(loss("categorical_crossentropy").from_logits, {log2, 0, 0}, {0, 1, 0}, 3);
  EXPECT_NEAR(dense.loss, std::log(4.0), kTolerance);
  EXPECT_THAT(dense.gradient, near({0.5F, -0.75F, 0.25F}));
  const auto sparse =
      run(loss("sparse_categorical_crossentropy").from_logits, {log2, 0, 0}, {1}, 3);
  EXPECT_NEAR(sparse.loss, dense.loss, kTolerance);
  EXPECT_THAT(sparse.gradient, near(dense.gradient));
}

TEST(Loss, CrossentropyFromOutputsDividesByTheirSum) {
  // p = (1/2, 1/4, 1/4); d/dy_i of -log(y_1 / sum) = 1 / sum - [i = 1] / y_1
  const auto dense = run(loss("categorical_crossentropy").from_outputs, {2, 1, 1}, {0, 1, 0}, 3);
  EXPECT_NEAR(dense.loss, std::log(4.0), kTolerance);
  EXPECT_THAT(dense.gradient, near({0.25F, -0.75F, 0.25F}));
  const auto sparse = run(loss("sparse_categorical_crossentropy").from_outputs, {2, 1, 1}, {1}, 3);
  EXPECT_NEAR(sparse.loss, dense.loss, kTolerance);
  EXPECT_THAT(sparse.gradient, near(dense.gradient));
}

TEST(Loss, CrossentropyOfHugeLogitsIsExact) {
  const auto outcome =
      run(loss("sparse_categorical_crossentropy").from_logits, {1e4F, -1e4F}, {1}, 2);
  EXPECT_DOUBLE_EQ(outcome.loss, 2e4);
  EXPECT_THAT(outcome.gradient, near({1, -1}));
}

TEST(Loss, CrossentropyClipsOutputsAsKerasDoes) {
  const auto outcome = run(loss("categorical_crossentropy").from_outputs, {1, 0}, {0, 1}, 2);
  EXPECT_NEAR(outcome.loss, -std::log(1e-7), 1e-5);
  EXPECT_THAT(outcome.gradient, near({0, 0}));
}

TEST(Loss, LabelThatIsNoClassMakesLossAndGradientNan) {
  for (const float label : {-1.0F, 2.0F, 0.5F, std::nanf("")}) {
    for (const auto function : {loss("sparse_categorical_crossentropy").from_logits,
                                loss("sparse_categorical_crossentropy").from_outputs}) {
      const auto outcome = run(function, {0.5F, 0.5F}, {label}, 2);
      EXPECT_TRUE(std::isnan(outcome.loss)) << label;
      EXPECT_TRUE(std::isnan(outcome.gradient[0])) << label;
    }
  }
}

TEST(Loss, UnknownNameIsRefusedWithASuggestion) {
  const auto found = find_loss("categorical_crossentrpy");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().message,
            "unknown loss \"categorical_crossentrpy\"; did you mean 'categorical_crossentropy'?; "
            "supported: categorical_crossentropy, sparse_categorical_crossentropy, "
            "mean_squared_error, mse");
}

}  // namespace
}  // namespace dk::model
