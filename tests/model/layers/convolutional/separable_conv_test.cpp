// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model/layers/convolutional/single_layer.hpp"

namespace dk::model {
namespace {

using testing::ElementsAre;

TEST(SeparableConv, MixesChannelsBehindTheDepthwisePart) {
  SingleLayer conv("SeparableConv1D", R"({"filters": 1, "kernel_size": 2, "activation": "relu"})",
                   {2, 2});
  // Channel 0: 1*1 + 3*10 = 31, channel 1: 2*100 + 4*1000 = 4200; 2*31 - 0.01*4200 + 1 = 21.
  EXPECT_THAT(conv.forward({1, 2, 3, 4}, {{1, 100, 10, 1000}, {2, -0.01F}, {1}}),
              ElementsAre(testing::FloatEq(21)));
  EXPECT_THAT(conv.backward({1}), ElementsAre(2, -1, 20, -10));
  EXPECT_THAT(conv.gradients[0], ElementsAre(2, -0.02F, 6, -0.04F));
  EXPECT_THAT(conv.gradients[1], ElementsAre(31, 4200));
  EXPECT_THAT(conv.gradients[2], ElementsAre(1));
}

TEST(SeparableConv, BothPartsUnderstandChannelsFirst) {
  SingleLayer conv("SeparableConv1D",
                   R"({"filters": 1, "kernel_size": 1, "data_format": "channels_first"})", {2, 2});
  EXPECT_THAT(conv.forward({1, 2, 3, 4}, {{1, 10}, {1, 1}, {0.5F}}), ElementsAre(31.5F, 42.5F));
}

TEST(SeparableConv, BothKernelsAreVariablesInKerasOrder) {
  const auto layer =
      make_layer("SeparableConv2D", {{"filters", 4}, {"kernel_size", 3}, {"depth_multiplier", 2}},
                 "test")
          .value();
  ASSERT_TRUE(layer->build(std::vector<Shape>{{5, 5, 3}}, {1, true}));
  const auto variables = layer->variables();
  ASSERT_EQ(variables.size(), 3);
  EXPECT_EQ(variables[0].name, "depthwise_kernel");
  EXPECT_EQ(variables[0].shape, (Shape{3, 3, 3, 2}));
  EXPECT_EQ(variables[1].name, "pointwise_kernel");
  EXPECT_EQ(variables[1].shape, (Shape{1, 1, 6, 4}));
  EXPECT_EQ(variables[2].name, "bias");
}

}  // namespace
}  // namespace dk::model
