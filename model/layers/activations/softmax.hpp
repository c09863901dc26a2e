// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/layers/axes.hpp"
#include "model/layers/read_config.hpp"

#include <cstdint>
#include <vector>

namespace dk::model {

/// Keras' `Softmax`: y = e^x / sum e^x, the sum along `axis`; several axes, which must be
/// neighbours, are taken as one.
class Softmax final : public UnaryLayer {
 public:
  explicit Softmax(ConfigReader& config);

  [[nodiscard]] nlohmann::json config() const override { return {{"axis", axes_to_json(axes_)}}; }
  [[nodiscard]] Placement placement() const override;
  [[nodiscard]] std::size_t workspace_floats() const override;
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;
  [[nodiscard]] MaskRule mask_rule(std::span<const bool>) const override { return MaskRule::kPass; }
  bool drop_activation(std::string_view name) override;

 private:
  Result<Shape> build(const Shape& input, const BuildContext& context) override;

  std::vector<std::int64_t> axes_;
  AxisBlock block_;
  bool last_axis_ = false;  ///< Only the input's last one.
  ActivationStage softmax_;
  FloatBuffer sums_;  ///< `block_.inner` of them, when there is more than one.
};

}  // namespace dk::model
