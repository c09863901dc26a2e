// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/model.hpp"

#include "model/optimizers/optimizer.hpp"
#include "tests/model/model_support.hpp"

#include <cmath>

namespace dk::model {
namespace {

constexpr float kTolerance = 1e-6F;

/// (2) -> relu(2) -> (2), with round numbers for weights.
std::unique_ptr<Model> tiny(const char* last_activation, const char* loss) {
  auto architecture = layers(R"([{"Dense": {"units": 2, "activation": "relu", "input_shape": [2]}},
                                 {"Dense": {"units": 2}}])");
  architecture.layers[1].config["activation"] = last_activation;
  auto model = built(architecture, {loss, {"accuracy"}, 2});
  const std::vector<float> weights{1, -1, 2, 1, 0.5F, 0, 1, 0, -1, 2, 0, 1};
  std::copy(weights.begin(), weights.end(), model->parameters().begin());
  return model;
}

TEST(Model, PredictsAsComputedByHand) {
  const auto model = tiny("linear", "mse");
  // z = (1 + 4 + 0.5, -1 + 2) = (5.5, 1); y = (5.5 - 1 + 0, 0 + 2 + 1)
  const auto out = model->predict(std::vector<float>{1, 2}, 1);
  EXPECT_THAT(out, testing::ElementsAre(4.5F, 3.0F));
}

TEST(Model, GradientsAreOfTheBatchMeanAsComputedByHand) {
  const auto model = tiny("linear", "mse");
  const std::vector<float> x{1, 2};
  const auto result = model->compute_gradients(x, std::vector<float>{3.5F, 3}, 1, 0);
  EXPECT_NEAR(result.loss_sum, 0.5, kTolerance);
  // dy = (1, 0); kernel 2: (5.5, 0; 1, 0), bias 2: (1, 0); dh = (1, -1), both units are active
  EXPECT_THAT(model->gradients(), testing::ElementsAre(1, -1, 2, -2, 1, -1, 5.5F, 0, 1, 0, 1, 0));
  const auto two = model->compute_gradients(std::vector<float>{1, 2, 1, 2},
                                            std::vector<float>{3.5F, 3, 3.5F, 3}, 2, 0);
  EXPECT_NEAR(two.loss_sum, 1.0, kTolerance);
  EXPECT_EQ(two.samples, 2U);
  EXPECT_FLOAT_EQ(model->gradients()[6], 5.5F);
}

TEST(Model, SoftmaxFusedWithItsLossStillPredictsProbabilities) {
  const auto model = tiny("softmax", "categorical_crossentropy");
  const std::vector<float> x{1, 2};
  const std::vector<float> out(model->predict(x, 1).begin(), model->predict(x, 1).end());
  const float expected = 1 / (1 + std::exp(-1.5F));
  EXPECT_NEAR(out[0], expected, kTolerance);
  EXPECT_NEAR(out[0] + out[1], 1, kTolerance);
  const auto result = model->evaluate(x, std::vector<float>{1, 0}, 1);
  EXPECT_NEAR(result.loss_sum, -std::log(expected), kTolerance);
}

TEST(Model, SparseTargetsAreOneFloatPerSample) {
  const auto model = tiny("softmax", "sparse_categorical_crossentropy");
  EXPECT_EQ(model->target_size(), 1U);
  model->evaluate(std::vector<float>{1, 2}, std::vector<float>{1}, 1);
  ASSERT_EQ(model->metric_values(model->metric_sums()).size(), 1U);
  EXPECT_EQ(model->metric_values(model->metric_sums())[0].value, 0);
}

TEST(Model, SameSeedInitializesTheSame) {
  const auto first = built(mnist_mlp(), {"categorical_crossentropy", {}, 1});
  const auto second = built(mnist_mlp(), {"categorical_crossentropy", {}, 1});
  first->initialize(1);
  second->initialize(1);
  EXPECT_TRUE(std::equal(first->parameters().begin(), first->parameters().end(),
                         second->parameters().begin()));
  second->initialize(2);
  EXPECT_NE(first->parameters()[0], second->parameters()[0]);
}

TEST(Model, LearnsXor) {
  const auto model = built(layers(R"([{"Dense": {"units": 8, "activation": "tanh",
                                                 "input_shape": [2]}},
                                      {"Dense": {"units": 1, "activation": "sigmoid"}}])"),
                           {"mse", {"accuracy"}, 4});
  model->initialize(1);
  auto adam =
      make_optimizer({{"name", "adam"}, {"learning_rate", 0.05}}, model->trainable_count()).value();
  const std::vector<float> x{0, 0, 0, 1, 1, 0, 1, 1};
  const std::vector<float> y{0, 1, 1, 0};
  for (std::uint64_t step = 0; step < 500; ++step) {
    model->compute_gradients(x, y, 4, step);
    adam->step(model->parameters(), model->gradients());
  }
  model->reset_metrics();
  const auto result = model->evaluate(x, y, 4);
  EXPECT_EQ(model->metric_values(model->metric_sums())[0].value, 1);
  EXPECT_LT(result.loss_sum / 4, 0.01);
}

TEST(Model, BuildNamesWhatDoesNotFit) {
  const auto error = [](const Architecture& architecture, const CompileConfig& config) {
    const auto model = Model::build(architecture, config);
    return model ? std::string("built") : model.error().message;
  };
  const auto mlp = mnist_mlp();
  EXPECT_THAT(error(mlp, {"hing", {}, 1}), testing::HasSubstr("\"hing\""));
  EXPECT_THAT(error(mlp, {"mse", {"f2"}, 1}), testing::HasSubstr("\"f2\""));
  EXPECT_EQ(error(mlp, {"mse", {}, 0}), "the batch size is 0; it must be from 1 to 2147483648");
  EXPECT_EQ(error(layers(R"([{"Dense": {"units": 1, "input_shape": [2]}}])"),
                  {"categorical_crossentropy", {}, 1}),
            "the loss categorical_crossentropy needs at least 2 outputs per row; output 'dense' is "
            "(1,)");
  auto twice = mlp;
  twice.layers[1].name = "dense";
  EXPECT_EQ(error(twice, {"mse", {}, 1}), "two layers have the name 'dense'");
  auto wide = mlp;
  wide.layers[1].config["units"] = 3'000'000;
  EXPECT_THAT(error(wide, {"mse", {}, 1}), testing::HasSubstr("more than 2147483648"));
}

}  // namespace
}  // namespace dk::model
