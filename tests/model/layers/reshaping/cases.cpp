// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model/layers/layer_cases.hpp"

namespace dk::model {

std::span<const LayerCase> reshaping_cases() {
  static const LayerCase kCases[] = {
      {"Cropping1D", R"({"cropping": 1})", {{4, 2}}},
      {"Cropping1D", R"({"cropping": [0, 2]})", {{4, 2}}},
      {"Cropping2D", R"({"cropping": [[1, 0], [0, 1]]})", {{3, 3, 2}}},
      {"Cropping2D", R"({"cropping": [1, 0], "data_format": "channels_first"})", {{2, 3, 3}}},
      {"Cropping3D", R"({"cropping": [[0, 1], [1, 0], [0, 0]]})", {{2, 2, 2, 2}}},
      {"Flatten", R"({})", {{2, 3}}},
      {"Flatten", R"({"data_format": "channels_first"})", {{3, 2, 2}}},
      {"Permute", R"({"dims": [2, 1]})", {{3, 2}}},
      {"Permute", R"({"dims": [3, 1, 2]})", {{2, 3, 4}}},
      {"Permute", R"({"dims": [1, 3, 2]})", {{2, 3, 4}}},
      {"RepeatVector", R"({"n": 3})", {{4}}},
      {"Reshape", R"({"target_shape": [3, -1]})", {{2, 6}}},
      {"Reshape", R"({"target_shape": [6]})", {{2, 3}}},
      {"UpSampling1D", R"({"size": 3})", {{2, 3}}},
      {"UpSampling2D", R"({"size": [2, 3]})", {{2, 2, 2}}},
      {"UpSampling2D", R"({"size": 2, "interpolation": "bilinear"})", {{2, 3, 2}}},
      {"UpSampling2D", R"({"size": [1, 2], "data_format": "channels_first"})", {{2, 2, 3}}},
      {"UpSampling2D",
       R"({"size": [2, 3], "data_format": "channels_first",
                           "interpolation": "bilinear"})",
       {{2, 2, 3}}},
      {"UpSampling3D", R"({"size": [1, 2, 2]})", {{2, 1, 2, 2}}},
      {"UpSampling3D", R"({"size": 2, "data_format": "channels_first"})", {{2, 1, 1, 2}}},
      {"ZeroPadding1D", R"({"padding": 2})", {{2, 3}}},
      {"ZeroPadding1D", R"({"padding": [0, 1], "data_format": "channels_first"})", {{2, 3}}},
      {"ZeroPadding2D", R"({"padding": [[1, 0], [0, 2]]})", {{2, 2, 2}}},
      {"ZeroPadding2D", R"({"padding": 1, "data_format": "channels_first"})", {{2, 2, 2}}},
      {"ZeroPadding3D", R"({"padding": [1, 0, 1]})", {{1, 2, 1, 2}}},
  };
  return kCases;
}

}  // namespace dk::model
