// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/registry.hpp"
#include "tests/model/layers/layer_cases.hpp"
#include "tests/model/model_support.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace dk::model {
namespace {

using nlohmann::json;

constexpr std::size_t kBatch = 4;

std::vector<LayerCase> all_cases() {
  std::vector<LayerCase> cases;
  for (const auto kind :
       {activation_cases(), attention_cases(), convolutional_cases(), core_cases(), merging_cases(),
        normalization_cases(), pooling_cases(), preprocessing_cases(), regularization_cases(),
        reshaping_cases(), rnn_cases()}) {
    cases.insert(cases.end(), kind.begin(), kind.end());
  }
  return cases;
}

std::size_t output_count(const LayerCase& test) {
  const auto layer = make_layer(test.class_name, json::parse(test.config), "contract").value();
  return layer->build(test.inputs, {kBatch, true}).value().size();
}

/// A Dense in front of every input, so that the way back to it is checked too, and behind every
/// output, so that all of it matters.
Architecture around(const LayerCase& test) {
  Architecture model;
  model.sequential = false;
  CallSpec middle{0, {}};
  for (const Shape& shape : test.inputs) {
    model.inputs.push_back({"input_" + std::to_string(model.inputs.size()), shape});
  }
  for (std::uint32_t i = 0; i < test.inputs.size(); ++i) {
    if (test.classes > 0) {
      middle.inputs.push_back({i, 0});
      continue;
    }
    const auto name = "first_" + std::to_string(i);
    model.layers.push_back({"Dense", name, {{"units", test.inputs[i].back()}}});
    model.calls.push_back({i, {{i, 0}}});
    middle.inputs.push_back({static_cast<std::uint32_t>(test.inputs.size()) + i, 0});
  }
  const auto source = [&] {
    return static_cast<std::uint32_t>(model.inputs.size() + model.calls.size() - 1);
  };
  const auto call = [&](LayerSpec layer, std::vector<TensorRef> inputs) {
    model.calls.push_back({static_cast<std::uint32_t>(model.layers.size()), std::move(inputs)});
    model.layers.push_back(std::move(layer));
  };
  call({test.class_name, "middle", json::parse(test.config)}, middle.inputs);
  const std::uint32_t made = source();
  for (std::uint32_t i = 0; i < output_count(test); ++i) {
    const auto number = std::to_string(i);
    call({"Flatten", "flat_" + number}, {{made, i}});
    call({"Dense", "last_" + number, {{"units", 3}}}, {{source(), 0}});
    model.outputs.push_back({source(), 0});
  }
  return model;
}

class LayerContract : public testing::TestWithParam<LayerCase> {
 protected:
  LayerContract()
      : model_(built(around(GetParam()), {"mse", {}, kBatch})),
        x_(inputs(*model_)),
        y_(random_floats(kBatch * model_->target_size(), GetParam().seed + 1)) {
    model_->initialize(GetParam().seed);
    // Zeros and ones hide mistakes.
    const auto noise = random_floats(model_->trainable_count(), GetParam().seed + 2);
    for (std::size_t i = 0; i < noise.size(); ++i) model_->parameters()[i] += 0.1F * noise[i];
  }

  static std::vector<float> inputs(const Model& model) {
    auto x = random_floats(kBatch * model.input_size(), GetParam().seed);
    if (GetParam().classes == 0) return x;
    Random random(GetParam().seed);
    for (float& value : x) value = static_cast<float>(random.below(GetParam().classes));
    return x;
  }

  std::unique_ptr<Model> model_;
  std::vector<float> x_;
  std::vector<float> y_;
};

TEST_P(LayerContract, GradientsEqualFiniteDifferences) {
  constexpr float kStep = 2e-3F;
  constexpr double kRelative = 1e-2;
  constexpr std::uint64_t kSeed = 11;
  const std::vector<float> parameters(model_->parameters().begin(), model_->parameters().end());
  model_->compute_gradients(x_, y_, kBatch, kSeed);
  const std::vector<float> gradients(model_->gradients().begin(), model_->gradients().end());
  const auto loss_with = [&](std::size_t i, float change) {
    std::copy(parameters.begin(), parameters.end(), model_->parameters().begin());
    model_->parameters()[i] += change;
    return model_->compute_gradients(x_, y_, kBatch, kSeed).loss_sum / kBatch;
  };
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const double expected = (loss_with(i, kStep) - loss_with(i, -kStep)) / (2 * kStep);
    EXPECT_NEAR(gradients[i], expected, GetParam().tolerance + kRelative * std::abs(expected))
        << "parameter " << i;
  }
}

TEST_P(LayerContract, SampleOfABatchIsPredictedAsIfAlone) {
  constexpr float kTolerance = 1e-5F;
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

TEST_P(LayerContract, PredictsTheSameWithoutTheMemoryForTraining) {
  const auto predictor = built(around(GetParam()), {.max_batch_size = kBatch, .training = false});
  ASSERT_TRUE(predictor->set_weights(model_->get_weights()));
  const auto expected = model_->predict(x_, kBatch);
  const auto actual = predictor->predict(x_, kBatch);
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), actual.begin(), actual.end()));
}

TEST_P(LayerContract, FrozenLayerLearnsNothing) {
  auto frozen = around(GetParam());
  for (LayerSpec& layer : frozen.layers) layer.trainable = layer.name != "middle";
  const auto model = built(frozen, {"mse", {}, kBatch});
  ASSERT_TRUE(model->set_weights(model_->get_weights()));
  const auto before = model->get_weights();
  model->compute_gradients(x_, y_, kBatch, 1);
  EXPECT_EQ(model->get_weights(), before);
  for (const Variable& variable : model->layout().variables()) {
    EXPECT_FALSE(variable.trainable && variable.layer == "middle");
  }
}

TEST_P(LayerContract, ConfigIsReadBackAsWritten) {
  const auto config = json::parse(GetParam().config);
  const auto layer = make_layer(GetParam().class_name, config, "first").value();
  const auto again = make_layer(GetParam().class_name, layer->config(), "again").value();
  EXPECT_EQ(layer->config(), again->config());
  for (const auto& [key, value] : config.items()) EXPECT_TRUE(layer->config().contains(key)) << key;
}

TEST_P(LayerContract, UnknownSettingIsRefused) {
  auto config = json::parse(GetParam().config);
  config["colour"] = "red";
  const auto layer = make_layer(GetParam().class_name, config, "here");
  ASSERT_FALSE(layer);
  EXPECT_THAT(layer.error().message, testing::StartsWith("here: unknown setting \"colour\""));
}

INSTANTIATE_TEST_SUITE_P(Layers, LayerContract, testing::ValuesIn(all_cases()));

TEST(LayerRegistry, IsCoveredByTheContract) {
  std::set<std::string> covered;
  for (const LayerCase& test : all_cases()) covered.insert(test.class_name);
  for (const std::string& name : known_layers()) EXPECT_TRUE(covered.contains(name)) << name;
}

}  // namespace
}  // namespace dk::model
