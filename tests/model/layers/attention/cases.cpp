// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model/layers/layer_cases.hpp"

namespace dk::model {
namespace {

const LayerCase kCases[] = {
    {"MultiHeadAttention", R"({"num_heads": 2, "key_dim": 3})", {{4, 5}, {3, 2}}},
    {"MultiHeadAttention",
     R"({"num_heads": 2, "key_dim": 2, "value_dim": 3, "use_bias": false,
                               "output_shape": 4, "use_causal_mask": true})",
     {{3, 2}, {3, 5}, {3, 4}}},
    {"MultiHeadAttention",
     R"({"num_heads": 3, "key_dim": 2, "dropout": 0.3,
                               "attention_axes": [1]})",
     {{3, 2}, {4, 3}}},
    {"Attention", R"({})", {{4, 3}, {2, 3}}},
    {"Attention", R"({"use_scale": true, "dropout": 0.3})", {{4, 3}, {2, 5}, {2, 3}}},
    {"Attention",
     R"({"score_mode": "concat", "use_scale": true, "use_causal_mask": true})",
     {{3, 2}, {3, 2}}},
    {"Attention", R"({"score_mode": "concat"})", {{3, 2}, {4, 2}}},
    {"AdditiveAttention", R"({})", {{3, 2}, {4, 2}}},
    {"AdditiveAttention", R"({"use_scale": false})", {{3, 2}, {4, 3}, {4, 2}}},
};

}  // namespace

std::span<const LayerCase> attention_cases() {
  return kCases;
}

}  // namespace dk::model
