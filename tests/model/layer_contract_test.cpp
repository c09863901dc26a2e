// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/registry.hpp"
#include "tests/model/model_support.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace dk::model {
namespace {

/// One layer to check, between an input and a Dense(3): every registered class must be here.
struct Case {
  const char* class_name;
  const char* config;
  Shape input;
};

void PrintTo(const Case& value, std::ostream* out) {
  *out << value.class_name << value.config;
}

const Case kCases[] = {
    {"Dense", R"({"units": 5})", {4}},
    {"Dense", R"({"units": 5, "use_bias": false, "activation": "tanh"})", {4}},
    {"Dense", R"({"units": 5, "activation": "sigmoid"})", {2, 3}},
    {"Dense", R"({"units": 5, "activation": "softmax"})", {4}},
    {"Dense", R"({"units": 5, "activation": "softplus"})", {4}},
    {"Dense", R"({"units": 5, "activation": "elu"})", {4}},
    {"Dense", R"({"units": 6, "activation": "relu", "bias_initializer": "ones"})", {4}},
    {"Activation", R"({"activation": "tanh"})", {6}},
    {"Activation", R"({"activation": "softmax"})", {2, 3}},
    {"Dropout", R"({"rate": 0.4})", {6}},
    {"Flatten", R"({})", {2, 3}},
};

/// A Dense in front, so that the layer's way back to its input is checked too.
Architecture around(const Case& test) {
  Architecture architecture;
  architecture.input_shape = test.input;
  const auto dense = nlohmann::json{{"units", test.input.back()}};
  architecture.layers = {
      {"Dense", "first", dense},
      {test.class_name, "middle", nlohmann::json::parse(test.config)},
      {"Flatten", "flat", nlohmann::json::object()},
      {"Dense", "last", {{"units", 3}, {"activation", "softmax"}}},
  };
  return architecture;
}

constexpr std::size_t kBatch = 4;

class LayerContract : public testing::TestWithParam<Case> {
 protected:
  LayerContract()
      : model_(built(around(GetParam()), {"sparse_categorical_crossentropy", {}, kBatch})),
        x_(random_floats(kBatch * model_->input_size(), 7)),
        y_{0, 2, 1, 2} {
    model_->initialize(3);
  }

  std::unique_ptr<Model> model_;
  std::vector<float> x_;
  std::vector<float> y_;
};

TEST_P(LayerContract, GradientsEqualFiniteDifferences) {
  constexpr float kStep = 5e-3F;
  constexpr double kTolerance = 2e-3;
  constexpr std::uint64_t kSeed = 11;
  model_->compute_gradients(x_, y_, kBatch, kSeed);
  const std::vector<float> gradients(model_->gradients().begin(), model_->gradients().end());
  const auto loss_with = [&](std::size_t i, float change) {
    const float kept = std::exchange(model_->parameters()[i], model_->parameters()[i] + change);
    const double loss = model_->compute_gradients(x_, y_, kBatch, kSeed).loss_sum / kBatch;
    model_->parameters()[i] = kept;
    return loss;
  };
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const double expected = (loss_with(i, kStep) - loss_with(i, -kStep)) / (2 * kStep);
    EXPECT_NEAR(gradients[i], expected, kTolerance) << "parameter " << i;
  }
}

TEST_P(LayerContract, SampleOfABatchIsPredictedAsIfAlone) {
  constexpr float kTolerance = 1e-6F;
  const auto all = model_->predict(x_, kBatch);
  const std::vector<float> together(all.begin(), all.end());
  for (std::size_t sample = 0; sample < kBatch; ++sample) {
    const auto in = std::span<const float>(x_).subspan(sample * model_->input_size());
    const auto alone = model_->predict(in, 1);
    for (std::size_t i = 0; i < alone.size(); ++i) {
      EXPECT_NEAR(alone[i], together[sample * alone.size() + i], kTolerance);
    }
  }
}

TEST_P(LayerContract, SameSeedsGiveTheSameGradients) {
  model_->compute_gradients(x_, y_, kBatch, 5);
  const std::vector<float> first(model_->gradients().begin(), model_->gradients().end());
  model_->compute_gradients(x_, y_, kBatch, 6);
  model_->compute_gradients(x_, y_, kBatch, 5);
  EXPECT_TRUE(std::equal(first.begin(), first.end(), model_->gradients().begin()));
}

TEST_P(LayerContract, ConfigIsReadBackAsWritten) {
  const auto config = nlohmann::json::parse(GetParam().config);
  const auto layer = make_layer(GetParam().class_name, config, "first").value();
  const auto again = make_layer(GetParam().class_name, layer->config(), "again").value();
  EXPECT_EQ(layer->config(), again->config());
  for (const auto& [key, value] : config.items()) EXPECT_TRUE(layer->config().contains(key)) << key;
}

TEST_P(LayerContract, UnknownSettingIsRefused) {
  auto config = nlohmann::json::parse(GetParam().config);
  config["colour"] = "red";
  const auto layer = make_layer(GetParam().class_name, config, "here");
  ASSERT_FALSE(layer);
  EXPECT_THAT(layer.error().message, testing::StartsWith("here: unknown setting \"colour\""));
}

INSTANTIATE_TEST_SUITE_P(Layers, LayerContract, testing::ValuesIn(kCases));

TEST(LayerRegistry, IsCoveredByTheContract) {
  std::set<std::string> covered;
  for (const Case& test : kCases) covered.insert(test.class_name);
  for (const std::string& name : known_layers()) EXPECT_TRUE(covered.contains(name)) << name;
}

}  // namespace
}  // namespace dk::model
