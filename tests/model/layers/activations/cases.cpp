// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model/layers/layer_cases.hpp"

namespace dk::model {

std::span<const LayerCase> activation_cases() {
  static const LayerCase kCases[] = {
      {"ELU", R"({})", {{6}}},
      {"ELU", R"({"alpha": 0.5})", {{2, 3}}},
      {"LeakyReLU", R"({})", {{6}}},
      {"LeakyReLU", R"({"alpha": 0.1})", {{2, 3}}},
      {"PReLU", R"({})", {{6}}},
      {"PReLU", R"({"alpha_initializer": "ones", "shared_axes": [1]})", {{3, 2}}},
      {"PReLU", R"({"shared_axes": [2]})", {{3, 2}}},
      {"PReLU", R"({"shared_axes": [2, 3]})", {{3, 2, 2}}},
      {"PReLU", R"({"shared_axes": [1, 3]})", {{3, 2, 2}}},
      {"PReLU", R"({"shared_axes": [1, 2]})", {{3, 2, 2}}},
      {"ReLU", R"({})", {{6}}},
      {"ReLU", R"({"max_value": 0.7, "negative_slope": 0.2, "threshold": 0.1})", {{6}}},
      {"ReLU", R"({"threshold": 0.5})", {{6}}},
      {"ReLU", R"({"max_value": 1, "negative_slope": 0.0})", {{2, 3}}},
      {"Softmax", R"({})", {{6}}},
      {"Softmax", R"({"axis": 1})", {{3, 2}}},
      {"Softmax", R"({"axis": -2})", {{2, 3, 2}}},
      {"Softmax", R"({"axis": [2, 3]})", {{2, 3, 2}}},
      {"ThresholdedReLU", R"({})", {{6}}},
      {"ThresholdedReLU", R"({"theta": 0.2})", {{2, 3}}},
  };
  return kCases;
}

}  // namespace dk::model
