// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/float_buffer.hpp"
#include "model/layers/axes.hpp"
#include "model/layers/read_config.hpp"

namespace dk::model {

/// y = (x - mean) / sqrt(variance + epsilon) * gamma + beta, where mean and (biased) variance are
/// those of a sample over the last axes, `axis` (Ba et al., 2016); gamma and beta are of these
/// axes' shape.
class LayerNormalization final : public UnaryLayer {
 public:
  explicit LayerNormalization(ConfigReader& config);

  [[nodiscard]] nlohmann::json config() const override;
  [[nodiscard]] std::vector<VariableSpec> variables() const override;
  [[nodiscard]] Placement placement() const override;
  [[nodiscard]] std::size_t workspace_floats() const override;
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;
  [[nodiscard]] MaskRule mask_rule(std::span<const bool>) const override { return MaskRule::kPass; }

 private:
  Result<Shape> build(const Shape& input, const BuildContext& context) override;
  [[nodiscard]] const float* gamma(std::span<float* const> variables) const;
  [[nodiscard]] const float* beta(std::span<float* const> variables) const;

  std::vector<std::int64_t> axes_;
  double epsilon_;
  bool center_;
  bool scale_;
  VariableConfig gamma_;
  VariableConfig beta_;
  Shape variable_shape_;
  std::size_t rows_ = 1;  ///< Of a sample.
  std::size_t width_ = 1;
  FloatBuffer ones_and_zeros_;  ///< In place of gamma and beta.
  FloatBuffer statistics_;      ///< Mean and 1 / deviation of each row.
  FloatBuffer gradients_;       ///< Of gamma and beta.
};

}  // namespace dk::model
