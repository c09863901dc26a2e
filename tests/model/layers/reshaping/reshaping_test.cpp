// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model/layers/rnn/layer_run.hpp"

#include <numeric>

namespace dk::model {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// 1, 2, 3 ... through the layer.
Floats of_counting(const char* class_name, const char* config, const Shape& input) {
  LayerRun run(class_name, config, {input});
  std::iota(run.inputs[0].begin(), run.inputs[0].end(), 1.0F);
  return run.forward()[0];
}

TEST(Permute, MovesTheAxes) {
  // (2, 3): 1 2 3 / 4 5 6
  EXPECT_THAT(of_counting("Permute", R"({"dims": [2, 1]})", {2, 3}), ElementsAre(1, 4, 2, 5, 3, 6));
  // (2, 1, 2, 2) to (2, 2, 1, 2): out[a][b][0][c] = in[b][0][a][c]
  EXPECT_THAT(of_counting("Permute", R"({"dims": [3, 1, 2, 4]})", {2, 1, 2, 2}),
              ElementsAre(1, 2, 5, 6, 3, 4, 7, 8));
  EXPECT_THAT(why_not("Permute", R"({"dims": [1, 1]})"), HasSubstr("every axis from 1 once"));
}

TEST(Permute, OfLargeMatrixEqualsItsDefinition) {
  constexpr std::size_t kRows = 37;
  constexpr std::size_t kColumns = 50;
  const Floats out = of_counting("Permute", R"({"dims": [2, 1]})", {kRows, kColumns});
  for (std::size_t r = 0; r < kRows; ++r) {
    for (std::size_t c = 0; c < kColumns; ++c) {
      ASSERT_EQ(out[c * kRows + r], static_cast<float>(r * kColumns + c + 1));
    }
  }
}

TEST(Flatten, TakesChannelsFirstAsLast) {
  EXPECT_THAT(of_counting("Flatten", R"({"data_format": "channels_first"})", {2, 1, 3}),
              ElementsAre(1, 4, 2, 5, 3, 6));
}

TEST(Reshape, FillsTheOpenAxis) {
  const auto shape_of = [](const char* config, const Shape& input) {
    auto layer = make_layer("Reshape", nlohmann::json::parse(config), "test").value();
    return layer->build(std::vector<Shape>{input}, {1, true}).value()[0];
  };
  EXPECT_EQ(shape_of(R"({"target_shape": [3, -1]})", {2, 6}), (Shape{3, 4}));
  EXPECT_EQ(shape_of(R"({"target_shape": [-1]})", {2, 6}), (Shape{12}));
  EXPECT_THAT(why_not("Reshape", R"({"target_shape": [5, -1]})", {{2, 6}}),
              HasSubstr("does not fit an input of 12 elements"));
  EXPECT_THAT(why_not("Reshape", R"({"target_shape": [-1, -1]})"), HasSubstr("one may be -1"));
  EXPECT_THAT(why_not("Reshape", R"({"target_shape": [0]})"), HasSubstr("sizes from 1"));
}

TEST(ZeroPadding, PutsZerosAround) {
  EXPECT_THAT(of_counting("ZeroPadding1D", R"({"padding": [1, 2]})", {2, 2}),
              ElementsAre(0, 0, 1, 2, 3, 4, 0, 0, 0, 0));
  // A row above, a column behind.
  const char* config = R"({"padding": [[1, 0], [0, 1]]})";
  EXPECT_THAT(of_counting("ZeroPadding2D", config, {2, 2, 1}),
              ElementsAre(0, 0, 0, 1, 2, 0, 3, 4, 0));
  config = R"({"padding": [[1, 0], [0, 1]], "data_format": "channels_first"})";
  EXPECT_THAT(of_counting("ZeroPadding2D", config, {2, 1, 2}),
              ElementsAre(0, 0, 0, 1, 2, 0, 0, 0, 0, 3, 4, 0));
}

TEST(Cropping, CutsOff) {
  EXPECT_THAT(of_counting("Cropping1D", R"({"cropping": [1, 0]})", {3, 1}), ElementsAre(2, 3));
  // 1 2 3 / 4 5 6 / 7 8 9 without the first row and the last column.
  EXPECT_THAT(of_counting("Cropping2D", R"({"cropping": [[1, 0], [0, 1]]})", {3, 3, 1}),
              ElementsAre(4, 5, 7, 8));
  EXPECT_THAT(of_counting("Cropping3D", R"({"cropping": [[1, 0], [0, 0], [0, 1]]})", {2, 1, 2, 2}),
              ElementsAre(5, 6));
  EXPECT_THAT(why_not("Cropping1D", R"({"cropping": [1, 2]})", {{3, 1}}),
              HasSubstr("leaves nothing"));
  EXPECT_THAT(why_not("Cropping2D", R"({"cropping": [1, 2, 3]})"), HasSubstr("cropping is a list"));
}

TEST(Cropping, OfTwoAxesCutsNothingByDefault) {
  EXPECT_THAT(of_counting("Cropping2D", "{}", {1, 2, 1}), ElementsAre(1, 2));
  EXPECT_THAT(of_counting("Cropping1D", "{}", {3, 1}), ElementsAre(2));
}

TEST(UpSampling, RepeatsRowsAndColumns) {
  EXPECT_THAT(of_counting("UpSampling1D", "{}", {2, 2}), ElementsAre(1, 2, 1, 2, 3, 4, 3, 4));
  EXPECT_THAT(of_counting("UpSampling2D", R"({"size": [2, 1]})", {1, 2, 1}),
              ElementsAre(1, 2, 1, 2));
  EXPECT_THAT(of_counting("UpSampling3D", R"({"size": [2, 1, 2]})", {1, 2, 1, 1}),
              ElementsAre(1, 1, 2, 2, 1, 1, 2, 2));
}

TEST(UpSampling, BilinearMixesAroundPixelCentres) {
  // Points -0.25, 0.25, 0.75 and 1.25 between 1 and 2.
  const char* config = R"({"size": [1, 2], "interpolation": "bilinear"})";
  EXPECT_THAT(of_counting("UpSampling2D", config, {1, 2, 1}), ElementsAre(1, 1.25, 1.75, 2));
  EXPECT_THAT(why_not("UpSampling2D", R"({"interpolation": "bicubic"})"),
              HasSubstr("interpolation is \"bicubic\""));
}

TEST(RepeatVector, RepeatsEverySample) {
  LayerRun run("RepeatVector", R"({"n": 2})", {{2}}, 2);
  run.inputs = {{1, 2, 3, 4}};
  EXPECT_THAT(run.forward()[0], ElementsAre(1, 2, 1, 2, 3, 4, 3, 4));
}

}  // namespace
}  // namespace dk::model
