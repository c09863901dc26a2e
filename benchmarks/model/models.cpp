// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/model/models.hpp"

#include "base/check.hpp"
#include "model/keras/read_json.hpp"

#include <utility>

namespace dk::bench {
namespace {

using model::Architecture;
using model::TensorRef;
using nlohmann::json;

constexpr const char* kMlp = R"([
  {"Dense": {"units": 1000, "activation": "relu", "input_shape": [784]}},
  {"Dense": {"units": 250, "activation": "relu"}},
  {"Dense": {"units": 10, "activation": "softmax"}}])";

constexpr const char* kCnn = R"([
  {"Conv2D": {"filters": 32, "kernel_size": 3, "activation": "relu", "input_shape": [28, 28, 1]}},
  {"Conv2D": {"filters": 32, "kernel_size": 3, "activation": "relu"}},
  {"MaxPooling2D": {"pool_size": 2}},
  "Flatten",
  {"Dense": {"units": 225, "activation": "relu"}},
  {"Dense": {"units": 10, "activation": "softmax"}}])";

constexpr const char* kLstm = R"([
  {"LSTM": {"units": 128, "input_shape": [50, 64]}},
  {"Dense": {"units": 10, "activation": "softmax"}}])";

/// Residual blocks as in He et al., Deep Residual Learning, section 4.2.
class ResNet {
 public:
  Architecture build() {
    graph_.name = "resnet";
    graph_.sequential = false;
    graph_.inputs.push_back({"image", {32, 32, 3}});
    TensorRef x = relu(convolution({0, 0}, 16, 3, 1));
    for (const int filters : {16, 32, 64}) {
      x = block(x, filters, filters == 16 ? 1 : 2);
      x = block(x, filters, 1);
    }
    x = call("GlobalAveragePooling2D", json::object(), {x});
    graph_.outputs = {call("Dense", {{"units", 10}, {"activation", "softmax"}}, {x})};
    return std::move(graph_);
  }

 private:
  TensorRef call(const char* class_name, json config, std::vector<TensorRef> inputs) {
    const auto index = static_cast<std::uint32_t>(graph_.layers.size());
    graph_.layers.push_back({class_name, "layer_" + std::to_string(index), std::move(config)});
    graph_.calls.push_back({index, std::move(inputs)});
    return {1 + index, 0};
  }

  TensorRef convolution(TensorRef x, int filters, int size, int stride) {
    x = call("Conv2D",
             {{"filters", filters},
              {"kernel_size", size},
              {"strides", stride},
              {"padding", "same"},
              {"use_bias", false}},
             {x});
    return call("BatchNormalization", json::object(), {x});
  }

  TensorRef relu(TensorRef x) { return call("Activation", {{"activation", "relu"}}, {x}); }

  TensorRef block(TensorRef x, int filters, int stride) {
    const TensorRef first = relu(convolution(x, filters, 3, stride));
    const TensorRef second = convolution(first, filters, 3, 1);
    const TensorRef shortcut = stride == 1 ? x : convolution(x, filters, 1, stride);
    return relu(call("Add", json::object(), {second, shortcut}));
  }

  Architecture graph_;
};

}  // namespace

Architecture model_named(std::string_view name) {
  if (name == "resnet") return ResNet().build();
  const char* list = nullptr;
  if (name == "mlp") list = kMlp;
  if (name == "cnn") list = kCnn;
  if (name == "lstm") list = kLstm;
  DK_CHECK(list != nullptr, "there are mlp, cnn, lstm and resnet");
  return model::read_layer_list(json::parse(list), "benchmark").value();
}

const std::vector<StepCase>& step_cases() {
  static const std::vector<StepCase> kCases = [] {
    std::vector<StepCase> cases;
    for (const char* name : {"mlp", "cnn"}) {
      for (const char* way : {"sgd", "adam"}) {
        for (const std::size_t batch : {4, 32, 128}) cases.push_back({name, way, batch});
      }
      for (const std::size_t batch : {1, 128}) cases.push_back({name, "predict", batch});
    }
    for (const char* name : {"lstm", "resnet"}) {
      for (const char* way : {"sgd", "adam", "predict"}) cases.push_back({name, way, 32});
    }
    return cases;
  }();
  return kCases;
}

}  // namespace dk::bench
