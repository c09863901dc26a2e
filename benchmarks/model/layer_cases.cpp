// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/model/layer_run.hpp"

namespace dk::bench {

const std::vector<LayerCase>& layer_cases() {
  static const std::vector<LayerCase> kCases{
      {"dense", "Dense", R"({"units": 1000, "activation": "relu"})", {{784}}, 128},
      {"conv2d_1_to_32", "Conv2D", R"({"filters": 32, "kernel_size": 3})", {{28, 28, 1}}},
      {"conv2d_32_to_32", "Conv2D", R"({"filters": 32, "kernel_size": 3})", {{26, 26, 32}}},
      {"conv2d_1x1_stride_2",
       "Conv2D",
       R"({"filters": 64, "kernel_size": 1, "strides": 2})",
       {{16, 16, 32}}},
      {"depthwise_conv2d", "DepthwiseConv2D", R"({"kernel_size": 3})", {{26, 26, 32}}},
      {"max_pooling2d", "MaxPooling2D", "{}", {{24, 24, 32}}},
      {"global_average_pooling2d", "GlobalAveragePooling2D", "{}", {{8, 8, 64}}},
      {"batch_normalization", "BatchNormalization", "{}", {{32, 32, 16}}},
      {"layer_normalization", "LayerNormalization", "{}", {{50, 128}}},
      {"lstm", "LSTM", R"({"units": 128})", {{50, 64}}},
      {"gru", "GRU", R"({"units": 128})", {{50, 64}}},
      {"simple_rnn", "SimpleRNN", R"({"units": 128})", {{50, 64}}},
      {"multi_head_attention",
       "MultiHeadAttention",
       R"({"num_heads": 4, "key_dim": 16})",
       {{64, 64}, {64, 64}}},
      {"embedding", "Embedding", R"({"input_dim": 10000, "output_dim": 64})", {{50}}, 32, 10000},
      {"dropout", "Dropout", R"({"rate": 0.5})", {{1000}}, 128},
      {"add", "Add", "{}", {{32, 32, 16}, {32, 32, 16}}},
      {"relu", "Activation", R"({"activation": "relu"})", {{1000}}, 128},
      {"tanh", "Activation", R"({"activation": "tanh"})", {{1000}}, 128},
      {"sigmoid", "Activation", R"({"activation": "sigmoid"})", {{1000}}, 128},
      {"gelu", "Activation", R"({"activation": "gelu"})", {{1000}}, 128},
      {"softmax", "Activation", R"({"activation": "softmax"})", {{1000}}, 128},
  };
  return kCases;
}

}  // namespace dk::bench
