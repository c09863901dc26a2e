// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model/layers/layer_cases.hpp"

namespace dk::model {

std::span<const LayerCase> merging_cases() {
  static const LayerCase kCases[] = {
      {"Add", R"({})", {{4}, {4}}},
      {"Add", R"({})", {{2, 3}, {2, 3}, {2, 3}}},
      {"Add", R"({})", {{2, 3}, {3}, {2, 1}}},
      {"Add", R"({})", {{1}, {2, 3}}},
      {"Average", R"({})", {{4}, {4}, {4}}},
      {"Average", R"({})", {{2, 3}, {1, 3}}},
      {"Concatenate", R"({})", {{4}, {3}}},
      {"Concatenate", R"({"axis": 1})", {{2, 3}, {1, 3}, {2, 3}}},
      {"Concatenate", R"({"axis": 2})", {{2, 2, 2}, {2, 1, 2}}},
      {"Concatenate", R"({"axis": -1})", {{2, 2, 2}, {2, 2, 1}}},
      {"Dot", R"({"axes": 1})", {{4}, {4}}},
      {"Dot", R"({"axes": -1, "normalize": true})", {{4}, {4}}},
      {"Dot", R"({"axes": [2, 1]})", {{2, 3}, {3, 4}}},
      {"Dot", R"({"axes": [1, 2], "normalize": true})", {{3, 2}, {2, 3}}},
      {"Dot", R"({"axes": [2, 1]})", {{2, 3, 2}, {3, 2}}},
      {"Maximum", R"({})", {{4}, {4}, {4}}},
      {"Maximum", R"({})", {{2, 3}, {3}}},
      {"Minimum", R"({})", {{4}, {4}}},
      {"Minimum", R"({})", {{3}, {2, 3}, {2, 1}}},
      {"Multiply", R"({})", {{4}, {4}, {4}}},
      {"Multiply", R"({})", {{2, 3}, {2, 1}}},
      {"Subtract", R"({})", {{4}, {4}}},
      {"Subtract", R"({})", {{3}, {2, 3}}},
  };
  return kCases;
}

}  // namespace dk::model
