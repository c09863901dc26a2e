// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/activation_layer.hpp"

#include "model/layers/read_config.hpp"

#include <algorithm>

namespace dk::model {

ActivationLayer::ActivationLayer(ConfigReader& config)
    : activation_(read_activation(config, "activation")) {
  if (config.find("activation") == nullptr) config.problem("activation is missing");
}

nlohmann::json ActivationLayer::config() const {
  return {{"activation", activation_->name}};
}

Result<Shape> ActivationLayer::build(const Shape& input, std::size_t /*max_batch*/) {
  width_ = input.empty() ? 1 : input.back();
  rows_per_sample_ = 1;
  for (std::size_t axis = 0; axis + 1 < input.size(); ++axis) rows_per_sample_ *= input[axis];
  return input;
}

const float* ActivationLayer::forward(const ForwardPass& pass) {
  const std::size_t rows = pass.n * rows_per_sample_;
  std::copy_n(pass.in, rows * width_, pass.out);
  activation_->forward(pass.out, nullptr, rows, width_);
  return pass.out;
}

float* ActivationLayer::backward(const BackwardPass& pass) {
  activation_->backward(pass.out, pass.out_gradient, nullptr, pass.n * rows_per_sample_, width_);
  return pass.out_gradient;
}

bool ActivationLayer::drop_softmax() {
  if (activation_->name != "softmax") return false;
  activation_ = find_activation("linear");
  return true;
}

}  // namespace dk::model
