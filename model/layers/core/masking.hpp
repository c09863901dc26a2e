// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/config_reader.hpp"
#include "model/float_buffer.hpp"
#include "model/layer.hpp"

namespace dk::model {

/// A step (a row of the last axis) that equals `mask_value` everywhere is padding: its mask is 0
/// and so is y; other steps pass unchanged. x and y: (..., features), mask: (...).
class Masking final : public UnaryLayer {
 public:
  explicit Masking(ConfigReader& config);

  [[nodiscard]] nlohmann::json config() const override;
  [[nodiscard]] Placement placement() const override;
  [[nodiscard]] std::size_t workspace_floats() const override { return mask_.span().size(); }
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;
  [[nodiscard]] MaskRule mask_rule(std::span<const bool>) const override { return MaskRule::kMake; }
  void make_mask(const ForwardPass& pass, float* mask) override;
  [[nodiscard]] Shape mask_shape() const override { return steps_shape_; }

 private:
  Result<Shape> build(const Shape& input, const BuildContext& context) override;

  double mask_value_;
  Shape steps_shape_;
  std::size_t steps_ = 1;
  std::size_t features_ = 1;
  FloatBuffer mask_;  ///< Of the last forward pass.
};

}  // namespace dk::model
