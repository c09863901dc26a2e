// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layer_names.hpp"

#include <gtest/gtest.h>

namespace dk::model {
namespace {

TEST(LayerNames, SnakeCaseIsKeras) {
  EXPECT_EQ(snake_case("InputLayer"), "input_layer");
  EXPECT_EQ(snake_case("LSTM"), "lstm");
  EXPECT_EQ(snake_case("Conv2DTranspose"), "conv2d_transpose");
  EXPECT_EQ(snake_case("MaxPooling2D"), "max_pooling2d");
  EXPECT_EQ(snake_case("PReLU"), "p_re_lu");
}

TEST(LayerNames, AutomaticNamesCountAndLeaveOutWhatIsTaken) {
  LayerNames names;
  EXPECT_TRUE(names.take("dense_1"));
  EXPECT_FALSE(names.take("dense_1"));
  EXPECT_EQ(names.automatic("Dense"), "dense");
  EXPECT_EQ(names.automatic("Dense"), "dense_2");
  EXPECT_EQ(names.automatic("Flatten"), "flatten");
}

}  // namespace
}  // namespace dk::model
