// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model/layers/convolutional/single_layer.hpp"

namespace dk::model {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(ConvTranspose, AddsTheKernelAtEachStep) {
  SingleLayer conv("Conv1DTranspose", R"({"filters": 1, "kernel_size": 3, "strides": 2})", {2, 1});
  // 1 * (1, 2, 3) at 0 and 10 * (1, 2, 3) at 2, bias 0.5.
  EXPECT_THAT(conv.forward({1, 10}, {{1, 2, 3}, {0.5F}}),
              ElementsAre(1.5F, 2.5F, 13.5F, 20.5F, 30.5F));
  EXPECT_THAT(conv.backward({1, 1, 1, 1, 1}), ElementsAre(6, 6));
  EXPECT_THAT(conv.gradients[0], ElementsAre(11, 11, 11));
  EXPECT_THAT(conv.gradients[1], ElementsAre(5));
}

TEST(ConvTranspose, SameCutsTheOddCellAtTheEnd) {
  SingleLayer conv("Conv1DTranspose",
                   R"({"filters": 1, "kernel_size": 3, "strides": 2, "padding": "same",
                       "use_bias": false})",
                   {2, 1});
  // As above without the last cell: a convolution of 4 cells pads its 5th behind.
  EXPECT_THAT(conv.forward({1, 10}, {{1, 2, 3}}), ElementsAre(1, 2, 13, 20));
}

TEST(ConvTranspose, KernelHasFiltersBeforeInputs) {
  SingleLayer conv("Conv2DTranspose", R"({"filters": 2, "kernel_size": 1, "use_bias": false})",
                   {1, 1, 3});
  EXPECT_THAT(conv.forward({1, 2, 3}, {{100, 10, 1, 0, 0, 5}}), ElementsAre(123, 15));
}

TEST(ConvTranspose, OutputHasKerasLengths) {
  const auto length = [](const std::string& rest) {
    return SingleLayer("Conv1DTranspose", R"({"filters": 1, )" + rest + "}", {4, 1})
        .output_shape()[0];
  };
  EXPECT_EQ(length(R"("kernel_size": 3, "strides": 2)"), 9);
  EXPECT_EQ(length(R"("kernel_size": 2, "strides": 3)"), 12);
  EXPECT_EQ(length(R"("kernel_size": 3, "strides": 2, "padding": "same")"), 8);
  EXPECT_EQ(length(R"("kernel_size": 3, "strides": 2, "output_padding": 0)"), 9);
  EXPECT_EQ(length(R"("kernel_size": 3, "strides": 2, "output_padding": [1])"), 10);
  EXPECT_EQ(length(R"("kernel_size": 3, "strides": 2, "output_padding": 0, "padding": "same")"), 7);
  EXPECT_EQ(length(R"("kernel_size": 3, "strides": 2, "output_padding": 1, "padding": "same")"), 8);
  EXPECT_EQ(length(R"("kernel_size": 3, "dilation_rate": 2)"), 8);
}

TEST(ConvTranspose, NamesAnOutputPaddingThatCannotBe) {
  EXPECT_THAT(refusal("Conv2DTranspose",
                      R"({"filters": 1, "kernel_size": 3, "strides": 2, "output_padding": 2})"),
              HasSubstr("output_padding is 2; on each axis it must be"));
  EXPECT_THAT(refusal("Conv2DTranspose",
                      R"({"filters": 1, "kernel_size": 3, "strides": 2, "output_padding": [1]})"),
              HasSubstr("output_padding is a list"));
  // 3 * 2 + 2 - 2 = 6 cells, of which a convolution makes 3 and not 4.
  EXPECT_THAT(refusal("Conv1DTranspose",
                      R"({"filters": 1, "kernel_size": 2, "strides": 2, "output_padding": 0,
                          "padding": "same"})",
                      {4, 1}),
              HasSubstr("output_padding (0,) makes (6,) of (4,)"));
}

}  // namespace
}  // namespace dk::model
