// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/schedules/schedule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dk::model {
namespace {

using nlohmann::json;

std::vector<double> rates(const std::string& config, const std::vector<std::uint64_t>& steps) {
  const auto schedule = parse_schedule(json::parse(config));
  EXPECT_TRUE(schedule) << schedule.error().message;
  std::vector<double> values;
  for (const std::uint64_t step : steps) values.push_back((*schedule)->at(step));
  return values;
}

auto near(std::vector<double> values) {
  constexpr double kTolerance = 1e-9;
  return testing::Pointwise(testing::DoubleNear(kTolerance), values);
}

TEST(ExponentialDecay, FallsEverywhereOrInStairs) {
  // 0.8 * 0.25^(step / 4)
  EXPECT_THAT(rates(R"({"name": "exponential", "initial_learning_rate": 0.8, "decay_steps": 4,
                        "decay_rate": 0.25})",
                    {0, 2, 4, 8}),
              near({0.8, 0.4, 0.2, 0.05}));
  EXPECT_THAT(rates(R"({"name": "exponential", "initial_learning_rate": 0.8, "decay_steps": 4,
                        "decay_rate": 0.25, "staircase": true})",
                    {0, 3, 4, 7}),
              near({0.8, 0.8, 0.2, 0.2}));
}

TEST(StepDecay, DropsEverySoManySteps) {
  EXPECT_THAT(rates(R"({"name": "step", "initial_learning_rate": 0.8, "steps": 3, "drop": 0.5})",
                    {0, 2, 3, 6}),
              near({0.8, 0.8, 0.4, 0.2}));
}

TEST(InverseTimeDecay, DividesByTime) {
  // 0.6 / (1 + 0.5 * step / 2)
  EXPECT_THAT(rates(R"({"class_name": "InverseTimeDecay", "config": {"initial_learning_rate": 0.6,
                        "decay_steps": 2, "decay_rate": 0.5, "staircase": false, "name": null}})",
                    {0, 2, 4}),
              near({0.6, 0.4, 0.3}));
  EXPECT_THAT(rates(R"({"name": "time", "initial_learning_rate": 0.6, "decay_steps": 2,
                        "decay_rate": 0.5, "staircase": true})",
                    {1, 3, 4}),
              near({0.6, 0.4, 0.3}));
}

TEST(PolynomialDecay, EndsOrBeginsAgain) {
  // (0.5 - 0.1) * (1 - step / 4)^2 + 0.1
  EXPECT_THAT(
      rates(R"({"name": "polynomial", "initial_learning_rate": 0.5, "decay_steps": 2})", {1, 2}),
      near({0.25005, 0.0001}));
  EXPECT_THAT(rates(R"({"name": "polynomial", "initial_learning_rate": 0.5, "decay_steps": 4,
                        "end_learning_rate": 0.1, "power": 2})",
                    {0, 2, 4, 9}),
              near({0.5, 0.2, 0.1, 0.1}));
  // step 6: n = 8, 0.4 * (1 - 6 / 8)^2 + 0.1
  EXPECT_THAT(rates(R"({"name": "polynomial", "initial_learning_rate": 0.5, "decay_steps": 4,
                        "end_learning_rate": 0.1, "power": 2, "cycle": true})",
                    {0, 4, 6, 8}),
              near({0.5, 0.1, 0.125, 0.1}));
}

TEST(PiecewiseConstantDecay, ABoundaryBelongsToThePieceBefore) {
  EXPECT_THAT(
      rates(R"({"name": "piecewise", "boundaries": [2, 5], "values": [3, 2, 1]})", {0, 2, 3, 5, 6}),
      near({3, 3, 2, 2, 1}));
}

TEST(CosineDecay, FallsAlongHalfAWave) {
  // 0.8 * (0.75 * (1 + cos(pi * step / 4)) / 2 + 0.25)
  EXPECT_THAT(rates(R"({"name": "cosine", "initial_learning_rate": 0.8, "decay_steps": 4,
                        "alpha": 0.25})",
                    {0, 2, 4, 9}),
              near({0.8, 0.5, 0.2, 0.2}));
}

TEST(CosineDecay, WarmsUpFirst) {
  EXPECT_THAT(rates(R"({"class_name": "CosineDecay", "module": "keras.optimizers.schedules",
                        "registered_name": null, "config": {"initial_learning_rate": 0.2,
                        "decay_steps": 4, "alpha": 0.0, "name": "CosineDecay",
                        "warmup_target": 1.0, "warmup_steps": 2}})",
                    {0, 1, 2, 4, 6, 7}),
              near({0.2, 0.6, 1, 0.5, 0, 0}));
}

TEST(CosineDecayRestarts, BeginsAgainLongerAndLower) {
  // periods of 2, 4, 8 steps from 1, 0.5, 0.25
  EXPECT_THAT(rates(R"({"name": "cosine_restarts", "initial_learning_rate": 1,
                        "first_decay_steps": 2, "m_mul": 0.5})",
                    {0, 1, 2, 4, 6, 10, 14}),
              near({1, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125}));
  EXPECT_THAT(rates(R"({"name": "cosine_restarts", "initial_learning_rate": 1,
                        "first_decay_steps": 2, "t_mul": 1})",
                    {0, 1, 2, 3}),
              near({1, 0.5, 1, 0.5}));
}

TEST(Warmup, IsALineToWhateverComesThen) {
  EXPECT_THAT(rates(R"({"name": "warmup", "steps": 4, "start": 0.1, "then": 0.5})", {0, 2, 4, 9}),
              near({0.1, 0.3, 0.5, 0.5}));
  EXPECT_THAT(rates(R"({"name": "warmup", "steps": 2, "then": {"name": "step",
                        "initial_learning_rate": 0.4, "steps": 3, "drop": 0.5}})",
                    {0, 1, 2, 4, 5}),
              near({0, 0.2, 0.4, 0.4, 0.2}));
}

TEST(Schedule, IsReadBackAsWritten) {
  for (const char* text :
       {R"({"name": "step", "initial_learning_rate": 0.8, "steps": 3})",
        R"({"name": "time", "initial_learning_rate": 0.6, "decay_steps": 2, "decay_rate": 0.5})",
        R"({"name": "polynomial", "initial_learning_rate": 0.5, "decay_steps": 4})",
        R"({"name": "piecewise", "boundaries": [2, 5], "values": [3, 2, 1]})",
        R"({"name": "cosine", "initial_learning_rate": 0.8, "decay_steps": 4})",
        R"({"name": "cosine_restarts", "initial_learning_rate": 1, "first_decay_steps": 2})",
        R"({"name": "warmup", "steps": 2, "then": {"name": "cosine", "initial_learning_rate": 0.8,
            "decay_steps": 4}})"}) {
    const json config = parse_schedule(json::parse(text)).value()->config();
    EXPECT_EQ(parse_schedule(config).value()->config(), config);
  }
}

TEST(Schedule, WrongOnesAreRefusedWithWhatIsAllowed) {
  const std::pair<const char*, const char*> cases[] = {
      {R"("cosine_dcay")", "schedule: unknown name \"cosine_dcay\"; did you mean"},
      {R"({"name": "cosine", "initial_learning_rate": 1})",
       "schedule cosine_decay: decay_steps is missing"},
      {R"({"name": "cosine", "initial_learning_rate": 1, "decay_steps": 0})",
       "schedule cosine_decay: decay_steps is 0; it must be a number in "},
      {R"({"name": "cosine", "initial_learning_rate": 1, "decay_steps": 1, "beta": 1})",
       "schedule cosine_decay: unknown setting \"beta\""},
      {R"({"name": "piecewise", "boundaries": [2, 5], "values": [3, 2]})",
       "schedule piecewise_constant_decay: 2 values for 2 boundaries; there must be one more"},
      {R"({"name": "piecewise", "boundaries": [5, 5], "values": [3, 2, 1]})",
       "schedule piecewise_constant_decay: boundaries must be in increasing order"},
      {R"({"name": "piecewise", "boundaries": 5, "values": [3, 2, 1]})",
       "schedule piecewise_constant_decay: boundaries is 5; it must be a list of numbers"},
      {R"({"name": "warmup", "steps": 5})", "schedule warmup: then is missing"},
      {R"({"name": "warmup", "steps": 1.5, "then": 1})",
       "schedule warmup: steps must be a whole number"},
      {R"({"name": "warmup", "steps": 5, "then": {"name": "warmup", "steps": 5, "then": 1}})",
       "schedule warmup: then is a warm-up, too; there can be one"},
      {R"({"class_name": "MySchedule", "module": "mine", "config": {}})",
       "schedule: \"MySchedule\" is of the module \"mine\""},
  };
  for (const auto& [config, message] : cases) {
    const auto result = parse_schedule(json::parse(config));
    ASSERT_FALSE(result) << config;
    EXPECT_THAT(result.error().message, testing::StartsWith(message));
  }
}

}  // namespace
}  // namespace dk::model
