// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/layers/normalization/channel_statistics.hpp"
#include "model/layers/read_config.hpp"

namespace dk::model {

/// y = (x - mean) / sqrt(variance + epsilon) * gamma + beta, for each element of `axis` (Ioffe and
/// Szegedy, 2015); the variables are one float for each. In training mean and variance are the
/// batch's, over all other axes, and moving = moving * momentum + batch's * (1 - momentum); else
/// they are the moving ones, in training too when the layer is frozen. The variance is the biased
/// one everywhere, as in Keras 3, tfjs and Keras 2 but for its `fused` kernel, which takes
/// n / (n - 1) times it into the moving one. With a mask of the steps of an input (steps,
/// channels), masked steps are left out of mean and variance (Keras from 2.14 on).
class BatchNormalization final : public UnaryLayer {
 public:
  explicit BatchNormalization(ConfigReader& config);

  [[nodiscard]] nlohmann::json config() const override;
  [[nodiscard]] std::vector<VariableSpec> variables() const override;
  [[nodiscard]] Placement placement() const override;
  [[nodiscard]] std::size_t workspace_floats() const override;
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;
  [[nodiscard]] MaskRule mask_rule(std::span<const bool>) const override { return MaskRule::kPass; }

 private:
  Result<Shape> build(const Shape& input, const BuildContext& context) override;
  /// An array of one float per channel.
  enum Array { kMean, kVariance, kInverse, kScale, kShift, kSlope, kSums, kProducts, kArrays };
  float* array(Array which) { return arrays_.data() + which * channels_.size; }
  [[nodiscard]] const float* steps_mask(std::span<const float* const> masks) const;
  void plan_affine(std::span<float* const> variables);
  void masked_moments(const float* x, const float* mask, std::size_t steps);
  void backward_in_training(const BackwardPass& pass);
  void masked_gradient(const BackwardPass& pass, const float* mask);

  std::vector<std::int64_t> axis_;
  double momentum_;
  double epsilon_;
  bool center_;
  bool scale_;
  VariableConfig gamma_;
  VariableConfig beta_;
  Initializer moving_mean_;
  Initializer moving_variance_;
  AxisBlock channels_;
  bool has_steps_ = false;
  ChannelPasses passes_;
  FloatBuffer arrays_;
};

}  // namespace dk::model
