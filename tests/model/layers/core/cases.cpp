// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model/layers/layer_cases.hpp"

namespace dk::model {

std::span<const LayerCase> core_cases() {
  static const LayerCase kCases[] = {
      {"Dense", R"({"units": 5})", {{4}}},
      {"Dense", R"({"units": 5, "use_bias": false, "activation": "tanh"})", {{4}}},
      {"Dense", R"({"units": 5, "activation": "sigmoid"})", {{2, 3}}},
      {"Dense", R"({"units": 5, "activation": "softmax"})", {{4}}},
      {"Dense", R"({"units": 6, "activation": "relu", "bias_initializer": "ones"})", {{4}}},
      {"Activation", R"({"activation": "tanh"})", {{6}}},
      {"Activation", R"({"activation": "softmax"})", {{2, 3}}},
      {"Embedding", R"({"input_dim": 5, "output_dim": 3})", {{4}}, 5},
      {"Embedding",
       R"({"input_dim": 5, "output_dim": 3, "mask_zero": true,
                        "input_length": 4, "embeddings_initializer": "ones"})",
       {{4}},
       5},
      {"Embedding", R"({"input_dim": 7, "output_dim": 2, "input_length": null})", {{2, 3}}, 7},
      {"Masking", R"({})", {{3, 2}}},
      {"Masking", R"({"mask_value": 2.5})", {{2, 2, 2}}},
  };
  return kCases;
}

}  // namespace dk::model
