// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/config_reader.hpp"
#include "model/layer.hpp"

namespace dk::model {

/// Keras' `ELU` (Clevert et al., 2016), elementwise: y = x for x > 0, else alpha * (e^x - 1).
class Elu final : public UnaryLayer {
 public:
  explicit Elu(ConfigReader& config);

  [[nodiscard]] nlohmann::json config() const override { return {{"alpha", alpha_}}; }
  [[nodiscard]] Placement placement() const override;
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;
  [[nodiscard]] MaskRule mask_rule(std::span<const bool>) const override { return MaskRule::kPass; }

 private:
  Result<Shape> build(const Shape& input, const BuildContext& context) override;

  double alpha_;
  std::size_t size_ = 0;
};

}  // namespace dk::model
