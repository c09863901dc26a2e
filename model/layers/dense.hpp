// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/activations/activation.hpp"
#include "model/config_reader.hpp"
#include "model/layer.hpp"

namespace dk::model {

/// y = f(x * kernel + bias). x: (..., in), kernel: (in, units), bias: (units), y: (..., units): as
/// Keras, it works on the last axis and treats the others like the batch's.
class Dense final : public Layer {
 public:
  explicit Dense(ConfigReader& config);

  [[nodiscard]] nlohmann::json config() const override;
  Result<Shape> build(const Shape& input, std::size_t max_batch) override;
  [[nodiscard]] std::vector<VariableSpec> variables() const override;
  const float* forward(const ForwardPass& pass) override;
  float* backward(const BackwardPass& pass) override;
  bool drop_softmax() override;

 private:
  std::size_t units_;
  bool use_bias_;
  const Activation* activation_;
  Initializer kernel_initializer_;
  Initializer bias_initializer_;
  std::size_t in_ = 0;
  std::size_t rows_per_sample_ = 1;
};

}  // namespace dk::model
