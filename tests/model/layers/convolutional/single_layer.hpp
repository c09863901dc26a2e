// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace dk::model {

/// One layer of one input and one output, outside of a model.
class SingleLayer {
 public:
  SingleLayer(const char* class_name, const std::string& config, const Shape& input,
              std::size_t max_batch = 1) {
    layer_ = make_layer(class_name, nlohmann::json::parse(config), "test").value();
    output_ = layer_->build(std::vector<Shape>{input}, {max_batch, true}).value().at(0);
    input_size_ = element_count(input).value();
  }

  [[nodiscard]] const Shape& output_shape() const { return output_; }

  /// y of the samples in x.
  std::vector<float> forward(const std::vector<float>& x, std::vector<std::vector<float>> weights,
                             const float* mask = nullptr) {
    x_ = x;
    mask_ = mask;
    weights_ = std::move(weights);
    y_.assign(samples() * element_count(output_).value(), 9);
    const float* in = x_.data();
    float* out = y_.data();
    const auto variables = pointers(weights_);
    layer_->forward({.inputs = {&in, 1},
                     .masks = {&mask_, 1},
                     .outputs = {&out, 1},
                     .n = samples(),
                     .training = true,
                     .variables = variables});
    return y_;
  }

  /// After `forward`: x's gradient for y's; `gradients` are then the variables'.
  std::vector<float> backward(std::vector<float> y_gradient) {
    std::vector<float> x_gradient(x_.size(), 9);
    gradients = weights_;
    const float* in = x_.data();
    const float* out = y_.data();
    float* out_gradient = y_gradient.data();
    float* in_gradient = x_gradient.data();
    const auto variables = pointers(weights_);
    const auto results = pointers(gradients);
    layer_->backward({.inputs = {&in, 1},
                      .masks = {&mask_, 1},
                      .outputs = {&out, 1},
                      .out_gradients = {&out_gradient, 1},
                      .in_gradients = {&in_gradient, 1},
                      .n = samples(),
                      .variables = variables,
                      .gradients = results});
    return x_gradient;
  }

  std::vector<std::vector<float>> gradients;

 private:
  static std::vector<float*> pointers(std::vector<std::vector<float>>& values) {
    std::vector<float*> pointers;
    for (auto& value : values) pointers.push_back(value.data());
    return pointers;
  }
  [[nodiscard]] std::size_t samples() const { return x_.size() / input_size_; }

  std::unique_ptr<Layer> layer_;
  Shape output_;
  std::size_t input_size_ = 1;
  std::vector<float> x_, y_;
  const float* mask_ = nullptr;
  std::vector<std::vector<float>> weights_;
};

/// Why this layer cannot be made, or not for this input.
inline std::string refusal(const char* class_name, const std::string& config,
                           const Shape& input = {}) {
  auto layer = make_layer(class_name, nlohmann::json::parse(config), "test");
  if (!layer) return layer.error().message;
  if (input.empty()) return "";
  const auto built = (*layer)->build(std::vector<Shape>{input}, {1, true});
  return built ? "" : built.error().message;
}

}  // namespace dk::model
