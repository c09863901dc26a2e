// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/summary.hpp"

#include "tests/model/model_support.hpp"

namespace dk::model {
namespace {

using testing::HasSubstr;

TEST(Summary, OfThePerceptronIsAsKerasPrintsIt) {
  const auto model = built(mnist_mlp(), {.max_batch_size = 1, .training = false});
  const std::string text = summary(*model);
  EXPECT_THAT(text, HasSubstr("Model: \"sequential\"\n"));
  EXPECT_THAT(text, HasSubstr(" Layer (type)                Output Shape              Param #\n"));
  EXPECT_THAT(text, HasSubstr(" dense (Dense)               (None, 1000)              785,000\n"));
  EXPECT_THAT(text, HasSubstr("Total params: 1,037,760 (3.96 MiB)\n"));
  EXPECT_THAT(text, HasSubstr("Non-trainable params: 0 (0 B)\n"));
}

TEST(Summary, OfAGraphSaysWhatIsConnectedAndCountsSharedWeightsOnce) {
  Architecture graph;
  graph.name = "twins";
  graph.sequential = false;
  graph.inputs = {{"a", {4}}, {"b", {4}}};
  graph.layers = {{"Dense", "shared", {{"units", 2}}}};
  graph.calls = {{0, {{0, 0}}}, {0, {{1, 0}}}};
  graph.outputs = {{2, 0}, {3, 0}};
  const auto model = built(graph, {.max_batch_size = 1, .training = false});
  const auto json = summary_json(*model);
  EXPECT_EQ(json["params"], 10);
  ASSERT_EQ(json["layers"].size(), 4U);
  EXPECT_EQ(json["layers"][0]["class_name"], "InputLayer");
  EXPECT_EQ(json["layers"][2]["params"], 10);
  EXPECT_EQ(json["layers"][3]["params"], 0);
  EXPECT_EQ(json["layers"][3]["inputs"], "b");
  EXPECT_THAT(summary(*model), HasSubstr("Connected to\n"));
}

}  // namespace
}  // namespace dk::model
