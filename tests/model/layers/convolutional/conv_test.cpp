// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model/layers/convolutional/single_layer.hpp"

namespace dk::model {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Conv, MultipliesTheWindowByTheKernel) {
  SingleLayer conv("Conv1D", R"({"filters": 1, "kernel_size": 2})", {3, 1});
  // 1*10 + 2*1 + 0.5, 2*10 + 3*1 + 0.5
  EXPECT_THAT(conv.forward({1, 2, 3}, {{10, 1}, {0.5F}}), ElementsAre(12.5F, 23.5F));
  // Window 1 with gradient 1, window 2 with gradient 2.
  EXPECT_THAT(conv.backward({1, 2}), ElementsAre(10, 21, 2));
  EXPECT_THAT(conv.gradients[0], ElementsAre(1 * 1 + 2 * 2, 2 * 1 + 3 * 2));
  EXPECT_THAT(conv.gradients[1], ElementsAre(3));
}

TEST(Conv, ReadsKerasKernelOfRowsColumnsInputsFilters) {
  SingleLayer conv("Conv2D", R"({"filters": 2, "kernel_size": [1, 2], "use_bias": false})",
                   {1, 2, 2});
  // x(0) = (1, 2), x(1) = (3, 4); filter 0 takes 1000, 100, 10, 1 of them, filter 1 only x(1, 1).
  EXPECT_THAT(conv.forward({1, 2, 3, 4}, {{1000, 0, 100, 0, 10, 0, 1, 1}}), ElementsAre(1234, 4));
}

TEST(Conv, SamePaddingOfAnEvenKernelIsAtTheEnd) {
  SingleLayer conv("Conv1D",
                   R"({"filters": 1, "kernel_size": 2, "padding": "same", "use_bias": false})",
                   {3, 1});
  EXPECT_THAT(conv.forward({1, 2, 3}, {{10, 1}}), ElementsAre(12, 23, 30));
}

TEST(Conv, CausalOutputSeesNothingLater) {
  SingleLayer conv("Conv1D",
                   R"({"filters": 1, "kernel_size": 2, "padding": "causal", "dilation_rate": 2,
                       "use_bias": false})",
                   {4, 1});
  EXPECT_THAT(conv.forward({1, 2, 3, 4}, {{10, 1}}), ElementsAre(1, 2, 13, 24));
}

TEST(Conv, GroupsSeeOnlyTheirOwnChannels) {
  SingleLayer conv("Conv1D", R"({"filters": 4, "kernel_size": 1, "groups": 2, "use_bias": false})",
                   {1, 4});
  // kernel (1, 2, 4): filters 0 and 1 of channels 0 and 1, filters 2 and 3 of channels 2 and 3.
  EXPECT_THAT(conv.forward({1, 2, 3, 4}, {{1, 10, 1, 10, 100, 1000, 100, 1000}}),
              ElementsAre(201, 2010, 403, 4030));
}

TEST(Conv, ChannelsFirstAddsTheBiasToChannels) {
  SingleLayer conv("Conv1D",
                   R"({"filters": 2, "kernel_size": 1, "data_format": "channels_first",
                       "activation": "relu"})",
                   {1, 3});
  EXPECT_EQ(conv.output_shape(), (Shape{2, 3}));
  EXPECT_THAT(conv.forward({1, 2, 3}, {{1, -1}, {10, 2}}), ElementsAre(11, 12, 13, 1, 0, 0));
  conv.backward({1, 1, 1, 1, 1, 1});
  EXPECT_THAT(conv.gradients[1], ElementsAre(3, 1));
  EXPECT_THAT(conv.gradients[0], ElementsAre(6, 1));
}

TEST(Conv, DivergedWeightsAreSeenBehindRelu) {
  SingleLayer conv("Conv2D", R"({"filters": 8, "kernel_size": 3, "activation": "relu"})",
                   {3, 3, 8});
  const std::vector<float> kernel(3 * 3 * 8 * 8, std::nanf(""));
  for (const float y : conv.forward(std::vector<float>(72, 1), {kernel, std::vector<float>(8)})) {
    EXPECT_TRUE(std::isnan(y));
  }
}

TEST(Conv, NamesWhatDoesNotFit) {
  EXPECT_THAT(refusal("Conv2D", R"({"filters": 3, "kernel_size": 3, "groups": 2})"),
              HasSubstr("filters is 3; it must be a multiple of groups, which is 2"));
  EXPECT_THAT(refusal("Conv2D", R"({"filters": 2, "kernel_size": 3, "groups": 2})", {5, 5, 3}),
              HasSubstr("the input (5, 5, 3) has 3 channels"));
  EXPECT_THAT(refusal("Conv2D", R"({"filters": 2, "kernel_size": 3, "padding": "causal"})"),
              HasSubstr("padding is \"causal\""));
  EXPECT_THAT(
      refusal("Conv2D", R"({"filters": 2, "kernel_size": 3, "strides": 2, "dilation_rate": 2})"),
      HasSubstr("strides (2, 2) and dilation_rate (2, 2) cannot both be above 1"));
  EXPECT_THAT(refusal("Conv2D", R"({"filters": 2, "kernel_size": 6})", {5, 5, 3}),
              HasSubstr("does not fit"));
  EXPECT_THAT(refusal("Conv1D", R"({"filters": 2, "kernel_size": 6})", {5, 5, 3}),
              HasSubstr("needs an input of 2 axes"));
  EXPECT_THAT(refusal("Conv2D", R"({"filters": 2, "kernel_size": 6, "data_format": "NCHW"})"),
              HasSubstr("data_format is \"NCHW\""));
}

}  // namespace
}  // namespace dk::model
