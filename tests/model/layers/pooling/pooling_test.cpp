// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model/layers/convolutional/single_layer.hpp"

#include <cmath>

namespace dk::model {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Pooling, TakesTheMaximumOfEachChannel) {
  SingleLayer pool("MaxPooling2D", "{}", {2, 2, 2});
  EXPECT_THAT(pool.forward({1, -8, 2, -7, 4, -6, 3, -5}, {}), ElementsAre(4, -5));
  EXPECT_THAT(pool.backward({10, 20}), ElementsAre(0, 0, 0, 0, 10, 0, 0, 20));
}

TEST(Pooling, FirstOfEqualMaximaGetsTheGradient) {
  SingleLayer pool("MaxPooling1D", "{}", {4, 1});
  pool.forward({0, 0, 5, 5}, {});
  EXPECT_THAT(pool.backward({1, 2}), ElementsAre(1, 0, 2, 0));
}

TEST(Pooling, OverlappingWindowsAddTheirGradients) {
  SingleLayer pool("MaxPooling1D", R"({"pool_size": 2, "strides": 1})", {3, 1});
  EXPECT_THAT(pool.forward({1, 3, 2}, {}), ElementsAre(3, 3));
  EXPECT_THAT(pool.backward({1, 10}), ElementsAre(0, 11, 0));
}

TEST(Pooling, LeavesOutWhatNoWindowSees) {
  SingleLayer pool("MaxPooling1D", R"({"pool_size": 2})", {5, 1});
  EXPECT_THAT(pool.forward({1, 2, 3, 4, 5}, {}), ElementsAre(2, 4));
  EXPECT_THAT(pool.backward({1, 1}), ElementsAre(0, 1, 0, 1, 0));
}

TEST(Pooling, PaddingIsNoMaximumOfNegatives) {
  SingleLayer pool("MaxPooling1D", R"({"pool_size": 2, "padding": "same"})", {3, 1});
  EXPECT_THAT(pool.forward({-1, -2, -3}, {}), ElementsAre(-1, -3));
}

TEST(Pooling, PaddingDoesNotCountInTheAverage) {
  SingleLayer pool("AveragePooling1D", R"({"pool_size": 3, "strides": 2, "padding": "same"})",
                   {4, 1});
  // Windows 0..2 and 2..4, whose last cell is padding.
  EXPECT_THAT(pool.forward({1, 2, 6, 8}, {}), ElementsAre(3, 7));
  EXPECT_THAT(pool.backward({3, 2}), ElementsAre(1, 1, 2, 1));
}

TEST(Pooling, NotANumberIsTheMaximum) {
  const float nan = std::nanf("");
  SingleLayer pool("MaxPooling1D", R"({"pool_size": 3})", {3, 2});
  const auto y = pool.forward({nan, 1, 2, nan, 3, 2}, {});
  EXPECT_TRUE(std::isnan(y[0]));
  EXPECT_TRUE(std::isnan(y[1]));
}

TEST(Pooling, ManyChannelsAreEachTheirOwn) {
  for (const std::size_t channels : {7, 8, 13, 16, 35}) {
    SingleLayer pool("MaxPooling1D", "{}", {2, channels}, 2);
    std::vector<float> x(2 * 2 * channels);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i * 7 % 11);
    const auto y = pool.forward(x, {});
    const auto back = pool.backward(std::vector<float>(y.size(), 1));
    for (std::size_t i = 0; i < y.size(); ++i) {
      const std::size_t at = i / channels * 2 * channels + i % channels;
      const float first = x[at];
      const float second = x[at + channels];
      EXPECT_EQ(y[i], std::max(first, second));
      EXPECT_EQ(back[at], first >= second ? 1 : 0);
      EXPECT_EQ(back[at + channels], first >= second ? 0 : 1);
    }
  }
}

TEST(Pooling, StepsByItsSizeUnlessToldOtherwise) {
  EXPECT_EQ(SingleLayer("MaxPooling2D", R"({"pool_size": [2, 3]})", {4, 6, 1}).output_shape(),
            (Shape{2, 2, 1}));
  EXPECT_EQ(SingleLayer("AveragePooling3D", R"({"data_format": "channels_first", "strides": 1})",
                        {5, 2, 3, 4})
                .output_shape(),
            (Shape{5, 1, 2, 3}));
}

TEST(Pooling, NamesWhatDoesNotFit) {
  EXPECT_THAT(refusal("MaxPooling2D", R"({"pool_size": [2, 9]})", {4, 4, 1}),
              HasSubstr("does not fit into the input's 4 (axis 1 of (4, 4))"));
  EXPECT_THAT(refusal("MaxPooling2D", R"({"padding": "causal"})"), HasSubstr("padding"));
  EXPECT_THAT(refusal("MaxPooling2D", R"({"pool_size": 0})"), HasSubstr("pool_size is 0"));
}

}  // namespace
}  // namespace dk::model
