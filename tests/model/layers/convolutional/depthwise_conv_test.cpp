// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model/layers/convolutional/single_layer.hpp"

namespace dk::model {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(DepthwiseConv, OutputsOfAChannelLieTogether) {
  SingleLayer conv("DepthwiseConv2D", R"({"kernel_size": 1, "depth_multiplier": 2})", {1, 1, 2});
  // Channel 0: 3 * 1, 3 * 10; channel 1: 4 * 100, 4 * 1000; the bias is 1, 2, 3, 4.
  EXPECT_THAT(conv.forward({3, 4}, {{1, 10, 100, 1000}, {1, 2, 3, 4}}),
              ElementsAre(4, 32, 403, 4004));
  EXPECT_THAT(conv.backward({1, 1, 1, 1}), ElementsAre(11, 1100));
  EXPECT_THAT(conv.gradients[0], ElementsAre(3, 3, 4, 4));
}

TEST(DepthwiseConv, WritesWhatItReads) {
  const auto config = nlohmann::json::parse(
      R"({"kernel_size": [3, 3], "groups": 1, "kernel_initializer": {"class_name": "Zeros"}})");
  const auto layer = make_layer("DepthwiseConv2D", config, "test").value();
  EXPECT_FALSE(layer->config().contains("kernel_initializer"));
  EXPECT_TRUE(layer->config().contains("depthwise_initializer"));
  EXPECT_THAT(refusal("DepthwiseConv2D", R"({"kernel_size": 3, "groups": 2})"),
              HasSubstr("groups"));
}

}  // namespace
}  // namespace dk::model
