// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model/layers/layer_cases.hpp"

namespace dk::model {

std::span<const LayerCase> normalization_cases() {
  static const LayerCase kCases[] = {
      {"BatchNormalization", R"({})", {{5}}},
      {"BatchNormalization", R"({"momentum": 0.5, "epsilon": 0.1, "center": false})", {{2, 3}}},
      {"BatchNormalization", R"({"scale": false, "axis": 1})", {{3, 4}}},
      {"BatchNormalization",
       R"({"axis": [3], "moving_variance_initializer": "ones"})",
       {{2, 2, 3}}},
      {"BatchNormalization", R"({"axis": 1})", {{3, 2, 2}}},
      {"BatchNormalization", R"({"axis": 2})", {{2, 3, 2}}},
      {"LayerNormalization", R"({})", {{5}}},
      {"LayerNormalization", R"({"epsilon": 0.01, "center": false})", {{2, 20}}},
      {"LayerNormalization", R"({"axis": [2, 3]})", {{2, 3, 2}}},
      {"LayerNormalization", R"({"axis": [-1, -2, -3], "scale": false})", {{2, 3, 2}}},
  };
  return kCases;
}

}  // namespace dk::model
