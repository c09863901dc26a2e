// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/activations/activation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace dk::model {
namespace {

std::vector<float> applied(const char* name, std::vector<float> values, std::vector<float> bias) {
  find_activation(name)->forward(values.data(), bias.data(), values.size() / bias.size(),
                                 bias.size());
  return values;
}

constexpr float kTolerance = 2e-6F;

TEST(Activation, ValuesAreKeras) {
  const auto near = [](std::vector<float> values) {
    return testing::Pointwise(testing::FloatNear(kTolerance), values);
  };
  const std::vector<float> in{-1, 0, 2};
  const std::vector<float> none{0, 0, 0};
  const float e = std::exp(1.0F);
  EXPECT_THAT(applied("linear", in, none), near({-1, 0, 2}));
  EXPECT_THAT(applied("relu", in, none), near({0, 0, 2}));
  EXPECT_THAT(applied("sigmoid", in, none), near({1 / (1 + e), 0.5F, 1 / (1 + 1 / (e * e))}));
  EXPECT_THAT(applied("tanh", in, none), near({std::tanh(-1.0F), 0, std::tanh(2.0F)}));
  EXPECT_THAT(applied("elu", in, none), near({1 / e - 1, 0, 2}));
  EXPECT_THAT(applied("softplus", in, none),
              near({std::log1p(1 / e), std::log(2.0F), std::log1p(e * e)}));
  // e^-1 + e^0 + e^2 = 8.756935; 0.367879, 1 and 7.389056 over it.
  EXPECT_THAT(applied("softmax", in, none), near({0.0420101F, 0.1141952F, 0.8437947F}));
}

TEST(Activation, AddsTheBiasToEveryRowFirst) {
  for (const std::string& name : known_activations()) {
    const std::vector<float> zero{0, 0};
    EXPECT_THAT(applied(name.c_str(), {0, 0, 1, 1}, {2, -1}),
                testing::Pointwise(testing::FloatNear(kTolerance),
                                   applied(name.c_str(), {2, -1, 3, 0}, zero)))
        << name;
  }
}

TEST(Activation, LargeInputsDoNotOverflow) {
  for (const std::string& name : known_activations()) {
    for (const float value : applied(name.c_str(), {-1e4F, 1e4F}, {0, 0})) {
      EXPECT_TRUE(std::isfinite(value)) << name;
    }
  }
}

TEST(Activation, ReluLetsNanThrough) {
  EXPECT_TRUE(std::isnan(applied("relu", {std::numeric_limits<float>::quiet_NaN()}, {0})[0]));
}

TEST(Activation, UnknownNameIsNone) {
  EXPECT_EQ(find_activation("swosh"), nullptr);
}

}  // namespace
}  // namespace dk::model
