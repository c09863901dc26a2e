// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/layers/rnn/wrapped_layer.hpp"

namespace dk::model {

/// Keras' TimeDistributed: the wrapped layer takes every step by itself, as if it were a sample of
/// its own; so does a Sequential. x: (steps, ...), y: (steps, ...). The steps' mask passes.
class TimeDistributed final : public UnaryLayer {
 public:
  explicit TimeDistributed(ConfigReader& config);

  [[nodiscard]] nlohmann::json config() const override;
  [[nodiscard]] std::vector<VariableSpec> variables() const override;
  [[nodiscard]] Placement placement() const override;
  [[nodiscard]] std::size_t workspace_floats() const override;
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;
  [[nodiscard]] MaskRule mask_rule(std::span<const bool>) const override { return MaskRule::kPass; }
  bool drop_activation(std::string_view name) override;

 private:
  Result<Shape> build(const Shape& input, const BuildContext& context) override;

  WrappedLayer wrapped_;
  std::size_t steps_ = 1;
};

}  // namespace dk::model
