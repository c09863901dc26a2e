// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/layers/read_config.hpp"

namespace dk::model {

/// Keras' `Activation`: y = f(x), softmax over the last axis; the shape stays.
class ActivationLayer final : public UnaryLayer {
 public:
  explicit ActivationLayer(ConfigReader& config);

  [[nodiscard]] nlohmann::json config() const override;
  [[nodiscard]] Placement placement() const override;
  [[nodiscard]] std::size_t workspace_floats() const override;
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;
  [[nodiscard]] MaskRule mask_rule(std::span<const bool>) const override { return MaskRule::kPass; }
  bool drop_activation(std::string_view name) override { return activation_.drop(name); }

 private:
  Result<Shape> build(const Shape& input, const BuildContext& context) override;

  ActivationStage activation_;
  std::size_t width_ = 0;
  std::size_t rows_per_sample_ = 1;
};

}  // namespace dk::model
