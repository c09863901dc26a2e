// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model/layers/layer_cases.hpp"

namespace dk::model {

std::span<const LayerCase> preprocessing_cases() {
  static const LayerCase kCases[] = {
      {"Normalization", R"({})", {{4}}},
      {"Normalization", R"({"axis": null})", {{2, 3}}},
      {"Normalization", R"({"axis": [1, 2]})", {{2, 3}}},
      {"Normalization", R"({"axis": 1, "mean": [1, -1], "variance": [4, 0.5]})", {{2, 3}}},
      {"Normalization", R"({"axis": -1, "mean": 3, "variance": 2, "invert": true})", {{2, 3}}},
      {"Rescaling", R"({"scale": 0.5})", {{4}}},
      {"Rescaling", R"({"scale": [0.5, 2, -1], "offset": [0, 1, 2]})", {{2, 3}}},
      {"Rescaling", R"({"scale": 2, "offset": [0, 1, 2]})", {{2, 3}}},
  };
  return kCases;
}

}  // namespace dk::model
