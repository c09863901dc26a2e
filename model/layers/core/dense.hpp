// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/layers/read_config.hpp"

namespace dk::model {

/// y = f(x * kernel + bias). x: (..., in), kernel: (in, units), bias: (units), y: (..., units): as
/// Keras, it works on the last axis and treats the others like the batch's.
class Dense final : public UnaryLayer {
 public:
  explicit Dense(ConfigReader& config);

  [[nodiscard]] nlohmann::json config() const override;
  [[nodiscard]] std::vector<VariableSpec> variables() const override;
  [[nodiscard]] Placement placement() const override;
  [[nodiscard]] std::size_t workspace_floats() const override;
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;
  [[nodiscard]] MaskRule mask_rule(std::span<const bool>) const override { return MaskRule::kPass; }
  bool drop_activation(std::string_view name) override { return activation_.drop(name); }

 private:
  Result<Shape> build(const Shape& input, const BuildContext& context) override;

  std::size_t units_;
  bool use_bias_;
  ActivationStage activation_;
  VariableConfig kernel_;
  VariableConfig bias_;
  std::size_t in_ = 0;
  std::size_t rows_per_sample_ = 1;
};

}  // namespace dk::model
