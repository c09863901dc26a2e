// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model/layers/convolutional/single_layer.hpp"

#include <cmath>

namespace dk::model {
namespace {

using testing::ElementsAre;

TEST(GlobalPooling, AveragesTheWholeSpace) {
  SingleLayer pool("GlobalAveragePooling2D", "{}", {2, 1, 2});
  EXPECT_THAT(pool.forward({1, 10, 3, 30}, {}), ElementsAre(2, 20));
  EXPECT_THAT(pool.backward({1, 2}), ElementsAre(0.5F, 1, 0.5F, 1));
}

TEST(GlobalPooling, ChannelsFirstAveragesTheLastAxes) {
  SingleLayer pool("GlobalAveragePooling2D", R"({"data_format": "channels_first"})", {2, 1, 2}, 2);
  EXPECT_THAT(pool.forward({1, 3, 10, 30, 5, 7, 0, 2}, {}), ElementsAre(2, 20, 6, 1));
}

TEST(GlobalPooling, CountsOnlyStepsThatTheMaskLetsThrough) {
  SingleLayer pool("GlobalAveragePooling1D", "{}", {3, 1}, 2);
  const float mask[] = {1, 0, 1, 0, 1, 0};
  EXPECT_THAT(pool.forward({1, 100, 3, 100, 5, 100}, {}, mask), ElementsAre(2, 5));
  EXPECT_THAT(pool.backward({1, 1}), ElementsAre(0.5F, 0, 0.5F, 0, 1, 0));
}

TEST(GlobalPooling, MaskOfChannelsFirstIsOfItsSteps) {
  SingleLayer pool("GlobalAveragePooling1D", R"({"data_format": "channels_first"})", {2, 2}, 2);
  const float mask[] = {1, 1, 0, 1};
  EXPECT_THAT(pool.forward({1, 3, 10, 30, 1, 3, 10, 30}, {}, mask), ElementsAre(2, 20, 3, 30));
}

TEST(GlobalPooling, AverageOfNoStepsIsNotANumber) {
  SingleLayer pool("GlobalAveragePooling1D", "{}", {2, 1});
  const float mask[] = {0, 0};
  EXPECT_TRUE(std::isnan(pool.forward({1, 2}, {}, mask)[0]));
}

TEST(GlobalPooling, EqualMaximaShareTheGradient) {
  SingleLayer pool("GlobalMaxPooling1D", "{}", {4, 1});
  EXPECT_THAT(pool.forward({5, 1, 5, 0}, {}), ElementsAre(5));
  EXPECT_THAT(pool.backward({3}), ElementsAre(1.5F, 0, 1.5F, 0));
}

TEST(GlobalPooling, KeepsTheAxesWhenAsked) {
  const auto shape = [](const char* config) {
    return SingleLayer("GlobalMaxPooling2D", config, {2, 3, 4}).output_shape();
  };
  EXPECT_EQ(shape("{}"), (Shape{4}));
  EXPECT_EQ(shape(R"({"keepdims": true})"), (Shape{1, 1, 4}));
  EXPECT_EQ(shape(R"({"keepdims": true, "data_format": "channels_first"})"), (Shape{2, 1, 1}));
}

}  // namespace
}  // namespace dk::model
