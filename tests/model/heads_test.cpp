// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/heads.hpp"

#include "tests/model/model_support.hpp"

namespace dk::model {
namespace {

constexpr float kTolerance = 1e-6F;

/// y = w x with w = 1; losses are squared errors.
std::unique_ptr<Model> line(CompileConfig config) {
  config.max_batch_size = 4;
  auto model =
      built(layers(R"([{"Dense": {"units": 1, "use_bias": false, "input_shape": [1]}}])"), config);
  model->parameters()[0] = 1;
  return model;
}

TEST(Heads, ClassWeightsScaleTheSamplesOfAClass) {
  const auto model = line({.loss = "mse", .class_weight = {{"0", 1}, {"1", 3}}});
  const std::vector<float> x{2, 2};
  const std::vector<float> y{0, 1};
  // 1 * 4 + 3 * 1; gradient (1 * 2 * 2 * 2 + 3 * 2 * 1 * 2) / 2
  EXPECT_NEAR(model->compute_gradients(x, y, 2, 0).loss_sum, 7, kTolerance);
  EXPECT_NEAR(model->gradients()[0], 10, kTolerance);
}

TEST(Heads, ClassWithoutAWeightCountsOnce) {
  const auto model = line({.loss = "mse", .class_weight = {{"1", 3}}});
  EXPECT_NEAR(model->evaluate(std::vector<float>{2, 2}, std::vector<float>{0, 5}, 2).loss_sum,
              4 + 9, kTolerance);
}

TEST(Heads, SampleWeightsScaleSamples) {
  const auto model = line({.loss = "mse"});
  const std::vector<float> weights{0.5F, 2};
  // 0.5 * 4 + 2 * 1
  EXPECT_NEAR(
      model->evaluate(std::vector<float>{2, 2}, std::vector<float>{0, 1}, 2, weights).loss_sum, 4,
      kTolerance);
}

TEST(Heads, MetricsOfSeveralOutputsAreNamedAfterThem) {
  Architecture graph;
  graph.sequential = false;
  graph.inputs = {{"in", {2}}};
  graph.layers = {{"Dense", "left", {{"units", 1}}}, {"Dense", "right", {{"units", 3}}}};
  graph.calls = {{0, {{0, 0}}}, {1, {{0, 0}}}};
  graph.outputs = {{1, 0}, {2, 0}};
  const nlohmann::json metrics{{"left", "mae"}, {"right", nlohmann::json::array({"mse"})}};
  const auto model = built(graph, {.loss = "mse", .metrics = metrics});
  const auto values = model->metric_values(model->metric_sums());
  ASSERT_EQ(values.size(), 2U);
  EXPECT_EQ(values[0].name.rfind("left_", 0), 0U) << values[0].name;
  EXPECT_EQ(values[1].name.rfind("right_", 0), 0U) << values[1].name;
}

struct Refused {
  CompileConfig config;
  const char* message;
};

TEST(Heads, SettingsThatDoNotFitAreRefused) {
  const auto two = layers(R"([{"Dense": {"units": 1, "input_shape": [2]}}])");
  const Refused cases[] = {
      {{.loss = {"mse", "mse"}}, "loss has 2 entries; the model has 1 outputs"},
      {{.loss = {{"dens", "mse"}}},
       "loss names an output \"dens\"; did you mean 'dense'?; the model's are dense"},
      {{.loss = 7},
       "loss is 7; it must be one, a list of one for each output, or an object by output names"},
      {{.loss = "mse", .class_weight = {{"a", 1}}},
       "class_weight has \"a\": 1; it must be a class number with a weight from 0"},
      {{.loss = "mse", .class_weight = {{"1", -1}}},
       "class_weight has \"1\": -1; it must be a class number with a weight from 0"},
  };
  for (const Refused& test : cases) {
    const auto model = Model::build(two, test.config);
    ASSERT_FALSE(model) << test.message;
    EXPECT_EQ(model.error().message, test.message);
  }
}

}  // namespace
}  // namespace dk::model
