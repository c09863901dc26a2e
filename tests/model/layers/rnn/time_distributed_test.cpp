// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/rnn/time_distributed.hpp"

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

TEST(TimeDistributed, RefusesModelsAndUnknownLayers) {
  EXPECT_EQ(why_not("TimeDistributed", R"({"layer": {"class_name": "Sequential", "config": {}}})"),
            "test: layer: is a model, Sequential; only a layer is supported");
  EXPECT_THAT(why_not("TimeDistributed", R"({"layer": {"class_name": "Dens", "config": {}}})"),
              HasSubstr("did you mean 'Dense'?"));
  EXPECT_EQ(
      why_not("TimeDistributed", R"({"layer": {"class_name": "Flatten", "config": {}}})", {{3}}),
      "needs an input of (steps, ...), not (3,)");
}

}  // namespace
}  // namespace dk::model
