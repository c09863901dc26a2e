// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/core/dense.hpp"

#include "model/matmul.hpp"

namespace dk::model {

Dense::Dense(ConfigReader& config)
    : units_(config.count("units")),
      use_bias_(config.boolean("use_bias", true)),
      activation_(read_activation(config, "activation")),
      kernel_(VariableConfig::read(config, "kernel", "glorot_uniform")),
      bias_(VariableConfig::read(config, "bias", "zeros")) {
  config.only_null({"lora_rank", "lora_alpha", "quantization_config"});
}

nlohmann::json Dense::config() const {
  nlohmann::json config{
      {"units", units_}, {"activation", activation_.name()}, {"use_bias", use_bias_}};
  kernel_.write(config, "kernel");
  bias_.write(config, "bias");
  return config;
}

Result<Shape> Dense::build(const Shape& input, const BuildContext& context) {
  if (input.empty()) return fail(Errc::kInvalid, "needs an input of at least one axis, not ()");
  in_ = input.back();
  Shape output = input;
  output.back() = units_;
  rows_per_sample_ = 1;
  for (std::size_t axis = 0; axis + 1 < input.size(); ++axis) rows_per_sample_ *= input[axis];
  DK_TRY(element_count(output));
  DK_TRY(activation_.plan(context.max_batch * rows_per_sample_, units_, context.training));
  return output;
}

std::vector<VariableSpec> Dense::variables() const {
  std::vector<VariableSpec> variables{kernel_.spec("kernel", {in_, units_})};
  if (use_bias_) variables.push_back(bias_.spec("bias", {units_}));
  return variables;
}

Placement Dense::placement() const {
  return {.keeps_inputs = trainable(), .keeps_outputs = !activation_.is_linear()};
}

std::size_t Dense::workspace_floats() const {
  return activation_.workspace_floats();
}

void Dense::forward(const ForwardPass& pass) {
  const std::size_t rows = pass.n * rows_per_sample_;
  multiply(pass.in(), pass.variables[0], pass.out(), rows, in_, units_);
  activation_.forward(pass.out(), use_bias_ ? pass.variables[1] : nullptr, rows);
}

void Dense::backward(const BackwardPass& pass) {
  const std::size_t rows = pass.n * rows_per_sample_;
  activation_.backward(pass.out(), pass.out_gradient(), use_bias_ ? pass.gradients[1] : nullptr,
                       rows);
  if (pass.gradients[0] != nullptr) {
    multiply_kernel_gradient(pass.in(), pass.out_gradient(), pass.gradients[0], rows, in_, units_);
  }
  if (pass.in_gradient() != nullptr) {
    multiply_input_gradient(pass.out_gradient(), pass.variables[0], pass.in_gradient(), rows, in_,
                            units_);
  }
}

}  // namespace dk::model
