// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/optimizers/optimizer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace dk::model {
namespace {

using nlohmann::json;

std::unique_ptr<Optimizer> made(const json& config, std::size_t parameters) {
  auto optimizer = make_optimizer(config, parameters);
  EXPECT_TRUE(optimizer) << optimizer.error().message;
  return std::move(*optimizer);
}

/// The parameter after each of these gradients, from 1.
std::vector<float> trace(const json& config, const std::vector<float>& gradients) {
  const auto optimizer = made(config, 1);
  std::vector<float> parameter{1};
  std::vector<float> values;
  for (const float gradient : gradients) {
    optimizer->step(parameter, std::vector<float>{gradient});
    values.push_back(parameter[0]);
  }
  return values;
}

auto near(std::vector<float> values) {
  return testing::Pointwise(testing::FloatNear(1e-6F), values);
}

TEST(Sgd, SubtractsTheScaledGradient) {
  // 1 - 0.5 * 0.2 = 0.9; 0.9 + 0.5 * 0.4 = 1.1
  EXPECT_THAT(trace({{"name", "sgd"}, {"learning_rate", 0.5}}, {0.2F, -0.4F}), near({0.9F, 1.1F}));
  EXPECT_THAT(trace("sgd", {1}), near({0.99F}));
}

TEST(Sgd, MomentumGoesOnWithTheLastChange) {
  // v = -0.1; v = 0.9 * -0.1 - 0.1 = -0.19; v = 0.9 * -0.19 = -0.171
  EXPECT_THAT(trace({{"name", "sgd"}, {"learning_rate", 0.1}, {"momentum", 0.9}}, {1, 1, 0}),
              near({0.9F, 0.71F, 0.539F}));
}

TEST(Sgd, NesterovLooksAhead) {
  // v = -0.1, p += 0.9 * -0.1 - 0.1 = -0.19; v = -0.19, p += 0.9 * -0.19 - 0.1 = -0.271
  EXPECT_THAT(
      trace({{"name", "sgd"}, {"learning_rate", 0.1}, {"momentum", 0.9}, {"nesterov", true}},
            {1, 1}),
      near({0.81F, 0.539F}));
}

TEST(Adam, FirstStepIsTheLearningRateWhateverTheGradient) {
  EXPECT_THAT(trace("adam", {0.5F}), near({0.999F}));
  EXPECT_THAT(trace({{"name", "adam"}, {"learning_rate", 0.1}}, {-7}), near({1.1F}));
}

TEST(Adam, FollowsTheEquationsOfKeras) {
  // beta_1 = beta_2 = 0.5, epsilon 0, lr 0.1, g = 2, 4:
  // t=1: m = 1, v = 2, lr_t = 0.1 * sqrt(0.5) / 0.5 = 0.141421; change 0.141421 / 1.414214 = 0.1
  // t=2: m = 2.5, v = 9, lr_t = 0.1 * sqrt(0.75) / 0.75 = 0.115470; change 0.11547 * 2.5 / 3
  EXPECT_THAT(trace({{"name", "adam"},
                     {"learning_rate", 0.1},
                     {"beta_1", 0.5},
                     {"beta_2", 0.5},
                     {"epsilon", 0}},
                    {2, 4}),
              near({0.9F, 0.8037749F}));
}

TEST(Adam, AddsEpsilonOutsideOfTheRoot) {
  // lr_t * m / (sqrt(v) + epsilon) = 0.1 * sqrt(0.001) / 0.1 * 0.1 / (sqrt(0.001) + 0.5)
  const double change = 0.1 * std::sqrt(0.001) / 0.1 * 0.1 / (std::sqrt(0.001) + 0.5);
  EXPECT_THAT(trace({{"name", "adam"}, {"learning_rate", 0.1}, {"epsilon", 0.5}}, {1}),
              near({static_cast<float>(1 - change)}));
}

class OptimizerContract : public testing::TestWithParam<const char*> {
 protected:
  static constexpr std::size_t kSize = 37;

  /// Steps on the quadratic sum (p - i)^2 / 2.
  static void descend(Optimizer& optimizer, std::vector<float>& parameters, int steps) {
    std::vector<float> gradients(kSize);
    for (int step = 0; step < steps; ++step) {
      for (std::size_t i = 0; i < kSize; ++i) gradients[i] = parameters[i] - static_cast<float>(i);
      optimizer.step(parameters, gradients);
    }
  }

  json config_ = json::parse(GetParam());
};

TEST_P(OptimizerContract, FindsTheMinimumOfAQuadratic) {
  std::vector<float> parameters(kSize, 5);
  descend(*made(config_, kSize), parameters, 3000);
  for (std::size_t i = 0; i < kSize; ++i) EXPECT_NEAR(parameters[i], static_cast<float>(i), 0.01F);
}

TEST_P(OptimizerContract, ResumedFromItsStateIsAsIfNeverStopped) {
  std::vector<float> parameters(kSize, 5);
  const auto first = made(config_, kSize);
  descend(*first, parameters, 10);
  std::vector<float> resumed_parameters = parameters;
  const auto resumed = made(config_, kSize);
  ASSERT_EQ(resumed->state().size(), first->state().size());
  std::copy(first->state().begin(), first->state().end(), resumed->state().begin());
  descend(*first, parameters, 10);
  descend(*resumed, resumed_parameters, 10);
  EXPECT_EQ(parameters, resumed_parameters);
  EXPECT_EQ(resumed->steps(), 20U);
}

TEST_P(OptimizerContract, LeavesWhatIsBeyondItsParametersAlone) {
  std::vector<float> parameters(kSize + 1, 5);
  descend(*made(config_, kSize), parameters, 1);
  EXPECT_EQ(parameters.back(), 5);
}

INSTANTIATE_TEST_SUITE_P(
    Optimizers, OptimizerContract,
    testing::Values(R"({"name": "sgd", "learning_rate": 0.1})",
                    R"({"name": "sgd", "learning_rate": 0.05, "momentum": 0.5})",
                    R"({"name": "sgd", "learning_rate": 0.05, "momentum": 0.5, "nesterov": true})",
                    R"({"name": "adam", "learning_rate": 0.1})"));

struct Refused {
  const char* config;
  const char* message;
};

TEST(OptimizerConfig, WrongOnesAreRefusedWithWhatIsAllowed) {
  const Refused cases[] = {
      {R"("adm")", "optimizer: unknown name \"adm\"; did you mean 'adam'?; supported: sgd, adam"},
      {R"({"learning_rate": 1})", "optimizer: name is missing; supported: sgd, adam"},
      {R"(7)", "optimizer: expected an object of settings, not 7"},
      {R"({"name": 7})", "optimizer: name is 7; it must be a string"},
      {R"({"name": "sgd", "learning_rte": 1})",
       "optimizer sgd: unknown setting \"learning_rte\"; did you mean 'learning_rate'?; "
       "supported: name, learning_rate, momentum, nesterov"},
      {R"({"name": "sgd", "learning_rate": -1})",
       "optimizer sgd: learning_rate is -1; it must be a number in [0, 1000000)"},
      {R"({"name": "adam", "beta_1": 1})",
       "optimizer adam: beta_1 is 1; it must be a number in [0, 1)"},
      {R"({"name": "sgd", "nesterov": "yes"})",
       "optimizer sgd: nesterov is \"yes\"; it must be true or false"},
  };
  for (const Refused& test : cases) {
    const auto result = check_optimizer(json::parse(test.config));
    ASSERT_FALSE(result) << test.config;
    EXPECT_EQ(result.error().message, test.message);
  }
  for (const std::string& name : known_optimizers()) EXPECT_TRUE(check_optimizer(name));
}

}  // namespace
}  // namespace dk::model
