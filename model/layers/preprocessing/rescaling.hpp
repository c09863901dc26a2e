// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/layers/normalization/channel_statistics.hpp"

namespace dk::model {

/// y = x * scale + offset, each a number, or a list of one number for each element of the last
/// axis.
class Rescaling final : public UnaryLayer {
 public:
  explicit Rescaling(ConfigReader& config);

  [[nodiscard]] nlohmann::json config() const override;
  [[nodiscard]] Placement placement() const override;
  [[nodiscard]] std::size_t workspace_floats() const override;
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;
  [[nodiscard]] MaskRule mask_rule(std::span<const bool>) const override { return MaskRule::kPass; }

 private:
  Result<Shape> build(const Shape& input, const BuildContext& context) override;

  nlohmann::json scale_config_;
  nlohmann::json offset_config_;
  std::vector<float> scale_;
  std::vector<float> offset_;
  std::vector<float> zeros_;
  ChannelPasses passes_;
};

}  // namespace dk::model
