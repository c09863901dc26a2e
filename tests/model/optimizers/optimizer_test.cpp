// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/optimizers/optimizer.hpp"

#include "tests/model/optimizers/optimizer_support.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace dk::model {
namespace {

class OptimizerContract : public testing::TestWithParam<const char*> {
 protected:
  static constexpr std::size_t kSize = 37;

  /// As many parameters in three variables.
  std::unique_ptr<Optimizer> optimizer() const {
    std::vector<Variable> variables(3);
    const std::size_t sizes[] = {20, 16, 1};
    for (std::size_t i = 0; i < variables.size(); ++i) {
      variables[i].name = std::to_string(i);
      variables[i].shape = {sizes[i]};
    }
    return make_optimizer(json::parse(GetParam()), Layout::make(variables).value()).value();
  }
};

TEST_P(OptimizerContract, FindsTheMinimumOfAQuadratic) {
  std::vector<float> parameters(kSize, 5);
  descend(*optimizer(), parameters, 6000);
  for (std::size_t i = 0; i < kSize; ++i) EXPECT_NEAR(parameters[i], static_cast<float>(i), 0.05F);
}

TEST_P(OptimizerContract, ResumedFromItsStateIsAsIfNeverStopped) {
  std::vector<float> parameters(kSize, 5);
  const auto first = optimizer();
  descend(*first, parameters, 10);
  if (!first->has_schedule()) {
    ASSERT_TRUE(first->set_learning_rate(first->learning_rate() * 0.3));
  }
  std::vector<float> resumed_parameters = parameters;
  const auto resumed = optimizer();
  ASSERT_EQ(resumed->state().size(), first->state().size());
  std::ranges::copy(first->state(), resumed->state().begin());
  EXPECT_EQ(resumed->learning_rate(), first->learning_rate());
  descend(*first, parameters, 10);
  descend(*resumed, resumed_parameters, 10);
  EXPECT_EQ(parameters, resumed_parameters);
  EXPECT_TRUE(std::ranges::equal(first->state(), resumed->state()));
  EXPECT_EQ(resumed->steps(), 20U);
}

TEST_P(OptimizerContract, IsReadBackAsWritten) {
  const auto first = optimizer();
  const auto second = make_optimizer(first->config(), kSize);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ((*second)->config(), first->config());
  EXPECT_EQ((*second)->learning_rate(), first->learning_rate());
  EXPECT_EQ((*second)->state().size(), first->state().size());
}

TEST_P(OptimizerContract, LeavesWhatIsBeyondItsParametersAlone) {
  std::vector<float> parameters(kSize + 1, 5);
  const std::vector<float> gradients(kSize, 1);
  optimizer()->step(parameters, gradients);
  EXPECT_EQ(parameters.back(), 5);
  EXPECT_NE(parameters[kSize - 1], 5);
}

TEST_P(OptimizerContract, NamesEachOfItsSlots) {
  const auto first = optimizer();
  std::set<std::string> names;
  for (const SlotName& name : first->slot_names()) names.insert(name.keras3);
  EXPECT_EQ(names.size(), first->slot_names().size());
  for (std::size_t i = 0; i < first->slot_names().size(); ++i) {
    EXPECT_EQ(first->slot(i).size(), kSize);
    std::ranges::fill(first->slot(i), static_cast<float>(i + 1));
  }
  EXPECT_GE(first->state().size(), kSize * names.size() + 2);
  for (std::size_t i = 0; i < kSize * names.size(); ++i) {
    EXPECT_EQ(first->state()[i], static_cast<float>(i / kSize + 1));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Optimizers, OptimizerContract,
    testing::Values(
        R"({"name": "sgd", "learning_rate": 0.1})",
        R"({"name": "sgd", "learning_rate": 0.05, "momentum": 0.5})",
        R"({"name": "sgd", "learning_rate": 0.05, "momentum": 0.5, "nesterov": true})",
        R"({"name": "sgd", "learning_rate": 0.1, "clipnorm": 1.5})",
        R"({"name": "sgd", "learning_rate": 0.1, "global_clipnorm": 2})",
        R"({"name": "sgd", "learning_rate": 0.1, "clipvalue": 0.2})",
        R"({"name": "sgd", "learning_rate": {"name": "time", "initial_learning_rate": 0.5,
            "decay_steps": 10, "decay_rate": 0.1}})",
        R"({"name": "sgd", "learning_rate": {"name": "warmup", "steps": 15, "start": 0.01, "then": {
            "name": "cosine", "initial_learning_rate": 0.2, "decay_steps": 3000}}})",
        R"({"name": "rmsprop", "learning_rate": 0.01})",
        R"({"name": "rmsprop", "learning_rate": 0.01, "momentum": 0.5})",
        R"({"name": "rmsprop", "learning_rate": 0.01, "epsilon": 0.001, "centered": true})",
        R"({"name": "rmsprop", "learning_rate": 0.01, "epsilon": 0.001, "centered": true,
            "momentum": 0.5})",
        R"({"name": "adagrad", "learning_rate": 2})",
        R"({"name": "adadelta", "learning_rate": 2, "epsilon": 0.001})",
        R"({"name": "adam", "learning_rate": 0.1})",
        R"({"name": "adam", "learning_rate": 0.1, "amsgrad": true, "clipnorm": 10})",
        R"({"name": "adam", "learning_rate": 0.1, "decay": 0.001})",
        R"({"name": "adamw", "learning_rate": 0.1, "weight_decay": 0.000001})",
        R"({"name": "adamax", "learning_rate": 0.1})", R"({"name": "nadam", "learning_rate": 0.1})",
        R"({"name": "ftrl", "learning_rate": 1})",
        R"({"name": "ftrl", "learning_rate": 0.5, "learning_rate_power": -0.4})"));

TEST(Optimizer, LearningRateIsKerasVariable) {
  const auto adam = made(R"("adam")", 1);
  EXPECT_EQ(adam->learning_rate(), static_cast<double>(0.001F));
  ASSERT_TRUE(adam->set_learning_rate(0.1));
  EXPECT_THAT(trace(*adam, {1}), near({0.9F}));
  EXPECT_EQ(adam->config()["config"]["learning_rate"], static_cast<double>(0.1F));
  EXPECT_FALSE(adam->set_learning_rate(-1));
  EXPECT_FALSE(adam->set_learning_rate(NAN));
}

TEST(Optimizer, FollowsItsSchedule) {
  // rates 0.4, 0.2, 0.1 before the steps 1, 2, 3
  const auto sgd = made(R"({"name": "sgd", "learning_rate": {"name": "exponential_decay",
      "initial_learning_rate": 0.4, "decay_steps": 1, "decay_rate": 0.5}})",
                        1);
  EXPECT_THAT(trace(*sgd, {1, 1, 1}), near({0.6F, 0.4F, 0.3F}));
  EXPECT_FLOAT_EQ(static_cast<float>(sgd->learning_rate()), 0.05F);
  EXPECT_THAT(sgd->set_learning_rate(1).error().message, testing::HasSubstr("schedule"));
}

TEST(Optimizer, CountsStepsBeyondAFloatsExactRange) {
  const auto sgd = made(R"("sgd")", 1);
  constexpr std::uint64_t kMany = (std::uint64_t{1} << 33) + 1;
  ASSERT_TRUE(sgd->set_steps(kMany - 1));
  trace(*sgd, {1});
  EXPECT_EQ(sgd->steps(), kMany);
  EXPECT_FALSE(sgd->set_steps(std::uint64_t{1} << 48));
}

}  // namespace
}  // namespace dk::model
