// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/layers/normalization/channel_statistics.hpp"

namespace dk::model {

/// y = (x - mean) / max(sqrt(variance), 1e-7), with a mean and a variance for each element of
/// `axis` (several must be neighbours; null: one of each for all); `invert` turns y into x again.
/// Where `mean` and `variance` are not given they are weights, as Keras' `adapt` leaves them, with
/// the `count` of samples that they came from, which has no effect.
class Normalization final : public UnaryLayer {
 public:
  explicit Normalization(ConfigReader& config);

  [[nodiscard]] nlohmann::json config() const override;
  [[nodiscard]] std::vector<VariableSpec> variables() const override;
  [[nodiscard]] Placement placement() const override;
  [[nodiscard]] std::size_t workspace_floats() const override;
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;
  [[nodiscard]] MaskRule mask_rule(std::span<const bool>) const override { return MaskRule::kPass; }

 private:
  Result<Shape> build(const Shape& input, const BuildContext& context) override;
  Result<void> plan_variables(const Shape& input, std::size_t channels);
  [[nodiscard]] bool has_variables() const { return mean_.empty(); }

  std::vector<std::int64_t> axes_;  ///< Empty: null.
  nlohmann::json mean_config_;
  nlohmann::json variance_config_;
  std::vector<float> mean_;
  std::vector<float> variance_;
  bool invert_;
  Shape variable_shape_;
  ChannelPasses passes_;
  std::vector<float> scale_;
  std::vector<float> zeros_;
};

}  // namespace dk::model
