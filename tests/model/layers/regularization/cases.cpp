// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model/layers/layer_cases.hpp"

namespace dk::model {

std::span<const LayerCase> regularization_cases() {
  static const LayerCase kCases[] = {
      {"AlphaDropout", R"({"rate": 0.3})", {{6}}},
      {"Dropout", R"({"rate": 0.4})", {{6}}},
      {"Dropout", R"({"rate": 0.4, "seed": 3})", {{2, 3}}},
      {"GaussianDropout", R"({"rate": 0.3, "seed": 5})", {{6}}},
      {"GaussianNoise", R"({"stddev": 0.5})", {{2, 3}}},
      {"SpatialDropout1D", R"({"rate": 0.4})", {{3, 4}}},
      {"SpatialDropout2D", R"({"rate": 0.4, "seed": 1})", {{2, 2, 3}}},
      {"SpatialDropout2D", R"({"rate": 0.4, "data_format": "channels_first"})", {{3, 2, 2}}},
      {"SpatialDropout3D", R"({"rate": 0.4})", {{2, 1, 2, 3}}},
  };
  return kCases;
}

}  // namespace dk::model
