// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model/layers/layer_cases.hpp"

namespace dk::model {

std::span<const LayerCase> pooling_cases() {
  static const LayerCase kCases[] = {
      {"MaxPooling1D", R"({"pool_size": 2})", {{5, 3}}},
      {"MaxPooling1D",
       R"({"pool_size": 3, "strides": 2, "padding": "same", "data_format": "channels_first"})",
       {{2, 6}}},
      {"MaxPooling2D", R"({})", {{4, 4, 3}}},
      {"MaxPooling2D", R"({"pool_size": [3, 2], "strides": 1, "padding": "same"})", {{4, 3, 9}}},
      {"MaxPooling2D", R"({"pool_size": 2, "data_format": "channels_first"})", {{2, 4, 5}}},
      {"MaxPooling3D", R"({"pool_size": 2, "strides": [1, 2, 2]})", {{2, 4, 2, 2}}, 0, 8},
      {"AveragePooling1D", R"({"pool_size": 3, "strides": 2, "padding": "same"})", {{6, 3}}},
      {"AveragePooling2D", R"({"pool_size": [2, 3], "strides": null})", {{4, 6, 2}}},
      {"AveragePooling2D",
       R"({"pool_size": 3, "strides": 2, "padding": "same", "data_format": "channels_first"})",
       {{2, 4, 5}}},
      {"AveragePooling3D", R"({"pool_size": 2, "strides": 1})", {{2, 3, 2, 9}}},
      {"GlobalMaxPooling1D", R"({})", {{4, 3}}},
      {"GlobalMaxPooling2D", R"({"keepdims": true})", {{2, 3, 3}}},
      {"GlobalMaxPooling3D", R"({"data_format": "channels_first"})", {{3, 2, 1, 2}}},
      {"GlobalAveragePooling1D", R"({"data_format": "channels_first"})", {{3, 4}}},
      {"GlobalAveragePooling2D", R"({})", {{2, 3, 3}}},
      {"GlobalAveragePooling3D", R"({"keepdims": true})", {{2, 1, 2, 3}}},
      {"MaxPool1D", R"({})", {{4, 2}}},
      {"MaxPool2D", R"({})", {{2, 2, 2}}, 0, 8},
      {"MaxPool3D", R"({})", {{2, 2, 2, 2}}},
      {"AvgPool1D", R"({})", {{4, 2}}},
      {"AvgPool2D", R"({})", {{2, 2, 2}}},
      {"AvgPool3D", R"({})", {{2, 2, 2, 2}}},
      {"GlobalMaxPool1D", R"({})", {{3, 2}}},
      {"GlobalMaxPool2D", R"({})", {{2, 2, 2}}, 0, 8},
      {"GlobalMaxPool3D", R"({})", {{2, 2, 1, 2}}, 0, 8},
      {"GlobalAvgPool1D", R"({})", {{3, 2}}},
      {"GlobalAvgPool2D", R"({})", {{2, 2, 2}}},
      {"GlobalAvgPool3D", R"({})", {{2, 2, 1, 2}}},
  };
  return kCases;
}

}  // namespace dk::model
