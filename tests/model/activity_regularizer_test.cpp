// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/write_json.hpp"
#include "tests/model/model_support.hpp"

namespace dk::model {
namespace {

constexpr const char* kL1L2 = R"({"class_name": "L1L2", "config": {"l1": 0.1, "l2": 0.05}})";

/// `config` is that of the first of two Dense layers, after its units.
std::unique_ptr<Model> two_layers(const std::string& config, const char* loss = "mse") {
  auto model =
      built(layers(R"([{"Dense": {"units": 3, "input_shape": [2])" + config +
                   R"(}}, {"Dense": {"units": 2, "activation": "softmax", "trainable": false}}])"),
            {loss, nullptr, 4});
  model->initialize(3);
  return model;
}

std::string regularized(const std::string& regularizer) {
  return R"(, "activity_regularizer": )" + regularizer;
}

TEST(ActivityRegularizer, IsTheBatchMeanOfTheOutputsAsComputedByHand) {
  const auto model = built(layers(R"([{"Dense": {"units": 1, "use_bias": false, "input_shape": [1],
                                       "activity_regularizer": {"class_name": "L1L2", "config":
                                                                {"l1": 0.5, "l2": 0.25}}}}])"),
                           {"mse", nullptr, 2});
  model->parameters()[0] = 2;
  // y = (2, -4), on target; 0.5 (2 + 4) + 0.25 (4 + 16) = 8 for both samples
  const std::vector<float> x{1, -2};
  const std::vector<float> y{2, -4};
  EXPECT_NEAR(model->evaluate(x, y, 2).loss_sum, 8, 1e-6);
  EXPECT_NEAR(model->compute_gradients(x, y, 2, 0).loss_sum, 8, 1e-6);
  // dy = (0.5 + 1, -0.5 - 2) / 2; dw = 1 * 0.75 + -2 * -1.25
  EXPECT_NEAR(model->gradients()[0], 3.25, 1e-6);
}

TEST(ActivityRegularizer, GradientsAreThoseOfTheLoss) {
  for (const char* loss : {"mse", "categorical_crossentropy"}) {
    const auto model = two_layers(R"(, "activation": "tanh")" + regularized(kL1L2), loss);
    const auto x = random_floats(8, 1);
    const std::vector<float> y{1, 0, 0, 1, 1, 0, 0, 1};
    model->compute_gradients(x, y, 4, 0);
    const std::vector<float> gradients(model->gradients().begin(), model->gradients().end());
    constexpr float kStep = 1e-2F;
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      float& parameter = model->parameters()[i];
      const float kept = parameter;
      parameter = kept + kStep;
      const double above = model->evaluate(x, y, 4).loss_sum / 4;
      parameter = kept - kStep;
      const double below = model->evaluate(x, y, 4).loss_sum / 4;
      parameter = kept;
      EXPECT_NEAR(gradients[i], (above - below) / (2.0 * kStep), 2e-3) << loss << " " << i;
    }
  }
}

TEST(ActivityRegularizer, OfTheLastLayerSeesProbabilitiesAndNotLogits) {
  const auto model = built(layers(R"([{"Dense": {"units": 2, "activation": "softmax",
      "input_shape": [1], "activity_regularizer": {"class_name": "L1", "config": {"l1": 1}}}}])"),
                           {"categorical_crossentropy", nullptr, 1});
  const auto plain = built(layers(R"([{"Dense": {"units": 2, "activation": "softmax",
                                                 "input_shape": [1]}}])"),
                           {"categorical_crossentropy", nullptr, 1});
  const std::vector<float> x{1};
  const std::vector<float> y{1, 0};
  EXPECT_NEAR(model->evaluate(x, y, 1).loss_sum, plain->evaluate(x, y, 1).loss_sum + 1, 1e-5);
}

TEST(ActivityRegularizer, CountsForEachCallOfASharedLayerThatIsFrozenToo) {
  auto architecture = layers(R"([{"Dense": {"units": 1, "use_bias": false, "input_shape": [1],
      "trainable": false, "activity_regularizer": {"class_name": "L1", "config": {"l1": 1}}}}])");
  architecture.calls.push_back({0, {{1, 0}}});
  architecture.outputs = {{2, 0}};
  const auto model = built(architecture, {"mse", nullptr, 1});
  model->parameters()[0] = 3;
  EXPECT_NEAR(model->evaluate(std::vector<float>{1}, std::vector<float>{9}, 1).loss_sum, 12, 1e-5);
}

TEST(ActivityRegularizer, ComesBackFromKerasJSON) {
  const auto architecture = two_layers(regularized(kL1L2))->architecture();
  const auto again = read_keras_json(write_keras_json(architecture), "test");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(*again, architecture);
  EXPECT_EQ(again->layers[0].config["activity_regularizer"], nlohmann::json::parse(kL1L2));
}

TEST(ActivityRegularizer, IsRefusedWhereItIsNotHonoured) {
  const auto refusal = [](const std::string& list) {
    const auto read = read_layer_list(nlohmann::json::parse(list), "test");
    if (!read) return read.error().message;
    const auto model = Model::build(*read, {"mse", nullptr, 1});
    return model ? "accepted" : model.error().message;
  };
  EXPECT_THAT(refusal(R"([{"Flatten": {"input_shape": [2, 2], "activity_regularizer": "l2"}}])"),
              testing::HasSubstr("supported by layers of one output that do more than reshape"));
  EXPECT_THAT(refusal(R"([{"TimeDistributed": {"input_shape": [2, 2], "layer": {"class_name":
                  "Dense", "config": {"units": 1, "activity_regularizer": "l2"}}}}])"),
              testing::HasSubstr("layer has an activity_regularizer; only null is supported"));
  EXPECT_THAT(refusal(R"([{"Dense": {"units": 1, "input_shape": [2],
                                     "activity_regularizer": "lasso"}}])"),
              testing::HasSubstr("activity_regularizer: regularizer: unknown name \"lasso\""));
}

}  // namespace
}  // namespace dk::model
