// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/sequential.hpp"

#include "tests/model/model_support.hpp"

namespace dk::model {
namespace {

std::vector<std::string> names(const Architecture& architecture) {
  std::vector<std::string> found;
  for (const LayerSpec& layer : architecture.layers) found.push_back(layer.name);
  return found;
}

TEST(Sequential, IsWhatADescriptorSays) {
  Sequential net;
  net.input({784});
  net.add("Dense", {{"units", 1000}, {"activation", "relu"}});
  net.add("Dense", {{"units", 250}, {"activation", "relu"}});
  net.add("Dense", {{"units", 10}, {"activation", "softmax"}});
  EXPECT_EQ(net.build().value(), mnist_mlp());
}

TEST(Sequential, NamesLayersAsKerasDoes) {
  Sequential net("net");
  net.input({8, 8, 1}, "image").add("Conv2D", {{"filters", 2}, {"kernel_size", 3}});
  net.add("Conv2D", {{"filters", 2}, {"kernel_size", 3}, {"name", "conv2d_1"}});
  net.add("Conv2D", {{"filters", 2}, {"kernel_size", 3}}).add("Flatten");
  const auto architecture = net.build().value();
  EXPECT_EQ(architecture.name, "net");
  EXPECT_EQ(architecture.inputs[0].name, "image");
  EXPECT_THAT(names(architecture),
              testing::ElementsAre("conv2d", "conv2d_1", "conv2d_2", "flatten"));
}

TEST(Sequential, TakesModelsAndWrappedLayers) {
  Sequential inner("encoder");
  inner.input({5, 2}).add("Bidirectional", {{"layer", {{"LSTM", {{"units", 3}}}}}});
  Sequential outer("outer");
  outer.add(inner.build().value()).add("Dense", {{"units", 1}});
  const auto architecture = outer.build().value();
  EXPECT_THAT(names(architecture), testing::ElementsAre("encoder", "dense"));
  EXPECT_EQ(architecture.inputs[0].shape, (Shape{5, 2}));
  EXPECT_EQ(built(architecture, {})->output_size(), 1U);
}

TEST(Sequential, ReturnsTheFirstMistake) {
  const auto mistake = [](const Sequential& net) { return net.build().error().message; };
  EXPECT_THAT(mistake(Sequential("m").input({4}).add("Dense", {{"unit", 3}})),
              testing::StartsWith("m: layer 1 'dense' (Dense): "));
  EXPECT_THAT(mistake(Sequential("m").input({4}).add("Danse", {{"units", 3}})),
              testing::HasSubstr("unknown layer class \"Danse\"; did you mean 'Dense'?"));
  EXPECT_THAT(mistake(Sequential("m").add("Flatten")),
              testing::HasSubstr("the input's shape is missing"));
  EXPECT_THAT(mistake(Sequential("m").input({4, 0}).add("Flatten")),
              testing::StartsWith("m: the input has an axis of size 0"));
  EXPECT_THAT(mistake(Sequential("a/b").input({4}).add("Flatten")),
              testing::StartsWith("the model: name is \"a/b\""));
  EXPECT_EQ(mistake(Sequential("m").input({4})), "m: the model has no layers");
}

TEST(Sequential, RefusesTwoLayersOfOneName) {
  Sequential net("m");
  net.input({4}).add("Dense", {{"units", 3}, {"name", "a"}}).add("Flatten", {{"name", "a"}});
  EXPECT_EQ(net.build().error().message, "m: layer 2 'a' (Flatten): another layer has this name");
}

}  // namespace
}  // namespace dk::model
