// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/activations/activation.hpp"

#include "base/random.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace dk::model {
namespace {

std::vector<float> applied(const std::string& name, std::vector<float> values,
                           std::vector<float> bias) {
  find_activation(name)->forward(values.data(), bias.data(), nullptr, values.size() / bias.size(),
                                 bias.size());
  return values;
}

std::vector<float> applied(const std::string& name, std::vector<float> values) {
  find_activation(name)->forward(values.data(), nullptr, nullptr, 1, values.size());
  return values;
}

constexpr float kTolerance = 2e-6F;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

auto near(std::vector<float> values) {
  return testing::Pointwise(testing::FloatNear(kTolerance), values);
}

TEST(Activation, ValuesAreKeras) {
  const std::vector<float> in{-1, 0, 2};
  const float e = std::exp(1.0F);
  EXPECT_THAT(applied("linear", in), near({-1, 0, 2}));
  EXPECT_THAT(applied("relu", in), near({0, 0, 2}));
  EXPECT_THAT(applied("relu6", {-1, 5, 7}), near({0, 5, 6}));
  EXPECT_THAT(applied("sigmoid", in), near({1 / (1 + e), 0.5F, 1 / (1 + 1 / (e * e))}));
  EXPECT_THAT(applied("tanh", in), near({std::tanh(-1.0F), 0, std::tanh(2.0F)}));
  EXPECT_THAT(applied("elu", in), near({1 / e - 1, 0, 2}));
  // 1.050701 * 1.673263 * (e^-1 - 1), and 2 * 1.050701
  EXPECT_THAT(applied("selu", in), near({-1.1113307F, 0, 2.1014020F}));
  EXPECT_THAT(applied("exponential", in), near({1 / e, 1, e * e}));
  EXPECT_THAT(applied("softplus", in),
              near({std::log1p(1 / e), std::log(2.0F), std::log1p(e * e)}));
  EXPECT_THAT(applied("softsign", in), near({-0.5F, 0, 2.0F / 3}));
  // e^-1 + e^0 + e^2 = 8.756935; 0.367879, 1 and 7.389056 over it.
  EXPECT_THAT(applied("softmax", in), near({0.0420101F, 0.1141952F, 0.8437947F}));
}

TEST(Activation, GatesAreTheInputTimesAProbability) {
  // P(Z <= 1) = 0.8413447, P(Z <= -2) = 0.0227501
  EXPECT_THAT(applied("gelu", {1, -2, 0}), near({0.8413447F, -0.0455003F, 0}));
  // tanh(0.7978846 * 1.044715) = tanh(0.8335620) = 0.6823840; (1 + that) / 2
  EXPECT_THAT(applied("gelu_tanh", {1, 0}), near({0.8411920F, 0}));
  // sigmoid(1) = 0.7310586, sigmoid(-2) = 0.1192029
  EXPECT_THAT(applied("swish", {1, -2, 0}), near({0.7310586F, -0.2384058F, 0}));
  EXPECT_THAT(applied("silu", {1}), near({0.7310586F}));
}

TEST(Activation, HardSigmoidHasBothOfKerasGenerations) {
  // 0.2 * 1 + 0.5, and (1 + 3) / 6; the first ends at 2.5, the second at 3.
  EXPECT_THAT(applied("hard_sigmoid", {1, -2.5F, 2.75F}), near({0.7F, 0, 1}));
  EXPECT_THAT(applied("hard_sigmoid_keras_3", {1, -2.5F, 2.75F}),
              near({2.0F / 3, 0.5F / 6, 5.75F / 6}));
}

TEST(Activation, AddsTheBiasToEveryRowFirst) {
  for (const std::string& name : known_activations()) {
    EXPECT_THAT(applied(name, {0, 0, 1, 1}, {2, -1}), near(applied(name, {2, -1, 3, 0}, {0, 0})))
        << name;
  }
}

/// d(sum of weight * f(values + bias)) by the values, from the stage and from differences.
void check_gradient(const std::string& name) {
  constexpr std::size_t kRows = 3;
  constexpr std::size_t kWidth = 11;
  constexpr float kStep = 1e-2F;
  Random random(7);
  std::vector<float> in(kRows * kWidth);
  std::vector<float> weight(in.size());
  const std::vector<float> bias(kWidth, 0.05F);
  // Away from the kinks at -3, -2.5, 0, 2.5, 3 and 6.
  for (float& x : in) x = std::floor(random.normal() * 8) / 4 + 0.1F;
  for (float& w : weight) w = random.normal();

  ActivationStage stage(find_activation(name));
  ASSERT_TRUE(stage.plan(kRows, kWidth, /*training=*/true));
  std::vector<float> out = in;
  stage.forward(out.data(), bias.data(), kRows);
  std::vector<float> gradient = weight;
  std::vector<float> bias_gradient(kWidth);
  stage.backward(out.data(), gradient.data(), bias_gradient.data(), kRows);
  std::vector<float> without_bias = weight;
  stage.backward(out.data(), without_bias.data(), nullptr, kRows);
  EXPECT_EQ(without_bias, gradient) << name;

  const auto objective = [&](std::vector<float> values) {
    const std::vector<float> outputs = applied(name, std::move(values), bias);
    double sum = 0;
    for (std::size_t i = 0; i < outputs.size(); ++i) sum += double{weight[i]} * outputs[i];
    return sum;
  };
  std::vector<float> column_sums(kWidth);
  for (std::size_t i = 0; i < in.size(); ++i) {
    std::vector<float> above = in;
    std::vector<float> below = in;
    above[i] += kStep;
    below[i] -= kStep;
    const double slope = (objective(above) - objective(below)) / double{above[i] - below[i]};
    EXPECT_NEAR(gradient[i], slope, 2e-3 * (1 + std::fabs(slope))) << name << " at " << in[i];
    column_sums[i % kWidth] += gradient[i];
  }
  EXPECT_THAT(bias_gradient, testing::Pointwise(testing::FloatNear(1e-4F), column_sums)) << name;
}

TEST(Activation, GradientIsTheSlopeOfTheValues) {
  for (const std::string& name : known_activations()) check_gradient(name);
}

TEST(Activation, SlopeOfSoftplusStaysExactFarBelowZero) {
  std::vector<float> gradient{1};
  const std::vector<float> out = applied("softplus", {-20});
  find_activation("softplus")->backward(out.data(), nullptr, gradient.data(), nullptr, 1, 1);
  EXPECT_FLOAT_EQ(gradient[0], 1 / (1 + std::exp(20.0F)));
}

TEST(Activation, LargeInputsDoNotOverflow) {
  for (const std::string& name : known_activations()) {
    if (name == "exponential") continue;
    for (const float value : applied(name, {-1e4F, 1e4F})) {
      EXPECT_TRUE(std::isfinite(value)) << name;
    }
  }
}

TEST(Activation, NanPassesThrough) {
  for (const std::string& name : known_activations()) {
    EXPECT_TRUE(std::isnan(applied(name, std::vector<float>(11, kNan))[10])) << name;
    EXPECT_TRUE(std::isnan(applied(name, {kNan})[0])) << name;
  }
}

TEST(Activation, KeepsTheInputOnlyWhereTheSlopeNeedsItAndOnlyForTraining) {
  for (const bool training : {false, true}) {
    ActivationStage swish(find_activation("swish"));
    ASSERT_TRUE(swish.plan(4, 3, training));
    EXPECT_EQ(swish.workspace_floats(), training ? 12U : 0U);
  }
  ActivationStage relu(find_activation("relu"));
  ASSERT_TRUE(relu.plan(4, 3, true));
  EXPECT_EQ(relu.workspace_floats(), 0U);
}

TEST(Activation, UnknownNameIsNone) {
  EXPECT_EQ(find_activation("swosh"), nullptr);
}

}  // namespace
}  // namespace dk::model
