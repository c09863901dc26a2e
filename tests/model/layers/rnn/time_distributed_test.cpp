// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/rnn/time_distributed.hpp"

#include "model/keras/model_file.hpp"
#include "model/keras/read_json.hpp"
#include "tests/model/layers/rnn/layer_run.hpp"

namespace dk::model {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(TimeDistributed, TakesEveryStepByItself) {
  LayerRun run("TimeDistributed", R"({"layer": {"class_name": "LSTM", "config": {"units": 2}}})",
               {{3, 4, 2}}, 2);
  LayerRun alone("LSTM", R"({"units": 2})", {{4, 2}}, 6);
  alone.inputs = run.inputs;
  alone.weights = run.weights;
  EXPECT_EQ(run.forward(), alone.forward());
}

TEST(TimeDistributed, PutsTheStepsInFrontOfTheLayersShape) {
  auto layer =
      make_layer("TimeDistributed", nlohmann::json::parse(R"({"layer": {"class_name": "Dense",
                                                              "config": {"units": 7}}})"),
                 "test")
          .value();
  const std::vector<Shape> inputs{{3, 2, 5}};
  EXPECT_THAT(layer->build(inputs, {1, true}).value(), ElementsAre(Shape{3, 2, 7}));
  EXPECT_EQ(layer->variables().at(0).scope, "layer");
}

TEST(TimeDistributed, FreezesWithTheLayerInIt) {
  LayerRun run("TimeDistributed",
               R"({"layer": {"class_name": "Dense",
                             "config": {"name": "inner", "units": 7, "trainable": false}}})",
               {{3, 2}});
  EXPECT_FALSE(run.layer().variables().at(0).trainable);
  const auto config = run.layer().config();
  EXPECT_EQ(config["layer"]["config"]["name"], "inner");
  EXPECT_EQ(config["layer"]["config"]["trainable"], false);
}

constexpr const char* kChain = R"({"layer": {"class_name": "Sequential", "config": {
    "name": "step", "layers": [
      {"class_name": "Dense", "config": {"name": "in", "units": 3, "activation": "tanh",
                                         "batch_input_shape": [null, 2]}},
      {"class_name": "BatchNormalization", "config": {"trainable": false}},
      {"class_name": "Dense", "config": {"units": 1}}]}}})";

TEST(TimeDistributed, TakesASequentialAsItsLayersOneAfterTheOther) {
  LayerRun run("TimeDistributed", kChain, {{4, 2}}, 2);
  LayerRun first(
      "TimeDistributed",
      R"({"layer": {"class_name": "Dense", "config": {"units": 3, "activation": "tanh"}}})",
      {{4, 2}}, 2);
  LayerRun norm("TimeDistributed", R"({"layer": {"class_name": "BatchNormalization",
                                                 "config": {"trainable": false}}})",
                {{4, 3}}, 2);
  LayerRun last("TimeDistributed", R"({"layer": {"class_name": "Dense", "config": {"units": 1}}})",
                {{4, 3}}, 2);
  first.inputs = run.inputs;
  first.weights = {run.weights[0], run.weights[1]};
  norm.inputs = {first.forward()};
  last.weights = {run.weights[2], run.weights[3]};
  norm.weights = {run.weights.begin() + 4, run.weights.end()};
  last.inputs = {norm.forward()};
  EXPECT_EQ(run.forward(), last.forward());
}

TEST(TimeDistributed, NamesTheVariablesOfASequentialAsKerasDoesThoseThatLearnFirst) {
  LayerRun run("TimeDistributed", kChain, {{4, 2}});
  std::vector<std::string> names;
  for (const VariableSpec& spec : run.layer().variables()) {
    names.push_back(spec.scope + "/" + spec.name + (spec.trainable ? "" : " (frozen)"));
  }
  EXPECT_THAT(names, ElementsAre("layer/layers/dense/kernel", "layer/layers/dense/bias",
                                 "layer/layers/dense_1/kernel", "layer/layers/dense_1/bias",
                                 "layer/layers/batch_normalization/gamma (frozen)",
                                 "layer/layers/batch_normalization/beta (frozen)",
                                 "layer/layers/batch_normalization/moving_mean (frozen)",
                                 "layer/layers/batch_normalization/moving_variance (frozen)"));
}

TEST(TimeDistributed, OfASequentialComesBackFromKerasFiles) {
  auto config = nlohmann::json::parse(kChain);
  config["input_shape"] = {4, 2};
  const auto model = built(layers(nlohmann::json::array({{{"TimeDistributed", config}}}).dump()),
                           {"mse", nullptr, 1});
  model->initialize(7);
  for (const char* name : {"m.h5", "m.keras"}) {
    const auto bytes = model_file_bytes(name, *model, {});
    ASSERT_TRUE(bytes) << bytes.error().message;
    const auto file = read_model_bytes(*bytes, name);
    ASSERT_TRUE(file) << file.error().message;
    const auto again = build_model(*file, {"mse"}).value();
    EXPECT_EQ(again->architecture().layers, model->architecture().layers);
    EXPECT_THAT(again->parameters(), testing::ElementsAreArray(model->parameters())) << name;
  }
}

TEST(TimeDistributed, TakesALayerOfASequentialByItsOlderName) {
  const auto read = read_keras_json(R"({"class_name": "Sequential", "config": [
      {"class_name": "TimeDistributed", "config": {"batch_input_shape": [null, 4, 2], "layer":
        {"class_name": "Sequential", "config": {"layers": [
          {"class_name": "BatchNormalizationV1", "config": {}}]}}}}]})",
                                    "test");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->layers[0].config["layer"]["config"]["layers"][0]["class_name"],
            "BatchNormalization");
}

TEST(TimeDistributed, RefusesWhatASequentialInItCannotDo) {
  const auto chain = [](const std::string& layers) {
    return why_not(
        "TimeDistributed",
        R"({"layer": {"class_name": "Sequential", "config": {"layers": [)" + layers + "]}}}",
        {{4, 2}});
  };
  EXPECT_EQ(chain(""), "test: layer: layers must be a list of 1 to 1000 layers");
  EXPECT_THAT(chain(R"({"class_name": "Sequential", "config": {"layers": []}})"),
              HasSubstr("unknown layer class \"Sequential\""));
  EXPECT_THAT(chain(R"({"class_name": "Masking", "config": {}})"),
              HasSubstr("has several outputs or makes a mask; that is not supported here"));
  EXPECT_THAT(chain(R"({"class_name": "Dense", "config": {"units": 0}})"), HasSubstr("units is 0"));
  EXPECT_THAT(chain(R"({"class_name": "Dense", "config": {"units": 1,
                        "activity_regularizer": "l2"}})"),
              HasSubstr("a layer has an activity_regularizer"));
  EXPECT_EQ(chain(R"({"class_name": "InputLayer", "config": {"batch_input_shape": [null, 3]}},
                     {"class_name": "Dense", "config": {"units": 1}})"),
            "its model takes (3,), not (2,)");
}

TEST(TimeDistributed, RefusesOtherModelsAndUnknownLayers) {
  EXPECT_EQ(why_not("TimeDistributed", R"({"layer": {"class_name": "Functional", "config": {}}})"),
            "test: layer: is a model, Functional; only a layer or a Sequential is supported");
  EXPECT_THAT(why_not("TimeDistributed", R"({"layer": {"class_name": "Dens", "config": {}}})"),
              HasSubstr("did you mean 'Dense'?"));
  EXPECT_EQ(
      why_not("TimeDistributed", R"({"layer": {"class_name": "Flatten", "config": {}}})", {{3}}),
      "needs an input of (steps, ...), not (3,)");
}

}  // namespace
}  // namespace dk::model
