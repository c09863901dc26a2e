// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/core/activation_layer.hpp"

#include <algorithm>

namespace dk::model {

ActivationLayer::ActivationLayer(ConfigReader& config)
    : activation_(read_activation(config, "activation")) {
  if (config.find("activation") == nullptr) config.problem("activation is missing");
}

nlohmann::json ActivationLayer::config() const {
  return {{"activation", activation_.name()}};
}

Result<Shape> ActivationLayer::build(const Shape& input, const BuildContext& context) {
  width_ = input.empty() ? 1 : input.back();
  rows_per_sample_ = 1;
  for (std::size_t axis = 0; axis + 1 < input.size(); ++axis) rows_per_sample_ *= input[axis];
  DK_TRY(activation_.plan(context.max_batch * rows_per_sample_, width_, context.training));
  return input;
}

Placement ActivationLayer::placement() const {
  return {.forward_in_place = true,
          .backward_in_place = true,
          .keeps_inputs = false,
          .keeps_outputs = !activation_.is_linear()};
}

std::size_t ActivationLayer::workspace_floats() const {
  return activation_.workspace_floats();
}

void ActivationLayer::forward(const ForwardPass& pass) {
  const std::size_t rows = pass.n * rows_per_sample_;
  if (pass.in() != pass.out()) std::copy_n(pass.in(), rows * width_, pass.out());
  activation_.forward(pass.out(), nullptr, rows);
}

void ActivationLayer::backward(const BackwardPass& pass) {
  const std::size_t rows = pass.n * rows_per_sample_;
  activation_.backward(pass.out(), pass.out_gradient(), nullptr, rows);
  if (pass.in_gradient() != nullptr && pass.in_gradient() != pass.out_gradient()) {
    std::copy_n(pass.out_gradient(), rows * width_, pass.in_gradient());
  }
}

}  // namespace dk::model
