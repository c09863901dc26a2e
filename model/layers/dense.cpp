// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/dense.hpp"

#include "model/layers/read_config.hpp"
#include "model/matmul.hpp"

namespace dk::model {

Dense::Dense(ConfigReader& config)
    : units_(config.count("units")),
      use_bias_(config.boolean("use_bias", true)),
      activation_(read_activation(config, "activation")),
      kernel_initializer_(read_initializer(config, "kernel_initializer", "glorot_uniform")),
      bias_initializer_(read_initializer(config, "bias_initializer", "zeros")) {
  config.only_null({"kernel_regularizer", "bias_regularizer", "kernel_constraint",
                    "bias_constraint", "lora_rank", "quantization_config"});
}

nlohmann::json Dense::config() const {
  return {{"units", units_},
          {"activation", activation_->name},
          {"use_bias", use_bias_},
          {"kernel_initializer", to_json(kernel_initializer_)},
          {"bias_initializer", to_json(bias_initializer_)}};
}

Result<Shape> Dense::build(const Shape& input, std::size_t /*max_batch*/) {
  if (input.empty()) return fail(Errc::kInvalid, "needs an input of at least one axis, not ()");
  in_ = input.back();
  Shape output = input;
  output.back() = units_;
  rows_per_sample_ = 1;
  for (std::size_t axis = 0; axis + 1 < input.size(); ++axis) rows_per_sample_ *= input[axis];
  return output;
}

std::vector<VariableSpec> Dense::variables() const {
  std::vector<VariableSpec> variables{{"kernel", {in_, units_}, kernel_initializer_}};
  if (use_bias_) variables.push_back({"bias", {units_}, bias_initializer_});
  return variables;
}

const float* Dense::forward(const ForwardPass& pass) {
  const std::size_t rows = pass.n * rows_per_sample_;
  multiply(pass.in, pass.variables[0], pass.out, rows, in_, units_);
  activation_->forward(pass.out, use_bias_ ? pass.variables[1] : nullptr, rows, units_);
  return pass.out;
}

float* Dense::backward(const BackwardPass& pass) {
  const std::size_t rows = pass.n * rows_per_sample_;
  activation_->backward(pass.out, pass.out_gradient, use_bias_ ? pass.gradients[1] : nullptr, rows,
                        units_);
  multiply_kernel_gradient(pass.in, pass.out_gradient, pass.gradients[0], rows, in_, units_);
  if (pass.in_gradient != nullptr) {
    multiply_input_gradient(pass.out_gradient, pass.variables[0], pass.in_gradient, rows, in_,
                            units_);
  }
  return pass.in_gradient;
}

bool Dense::drop_softmax() {
  if (activation_->name != "softmax") return false;
  activation_ = find_activation("linear");
  return true;
}

}  // namespace dk::model
