// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/layers/read_config.hpp"

#include <cstdint>
#include <vector>

namespace dk::model {

/// Keras' `PReLU` (He et al., 2015), elementwise: y = x for x > 0, else alpha * x. alpha is learnt:
/// of the input's shape, but with size 1 along `shared_axes` (counted from 1).
class PRelu final : public UnaryLayer {
 public:
  explicit PRelu(ConfigReader& config);

  [[nodiscard]] nlohmann::json config() const override;
  [[nodiscard]] std::vector<VariableSpec> variables() const override;
  [[nodiscard]] Placement placement() const override;
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;
  [[nodiscard]] MaskRule mask_rule(std::span<const bool>) const override { return MaskRule::kPass; }

 private:
  Result<Shape> build(const Shape& input, const BuildContext& context) override;

  VariableConfig alpha_;
  std::vector<std::int64_t> shared_axes_;
  Shape alpha_shape_;
  std::size_t alphas_ = 1;
  std::size_t size_ = 1;
  /// Each run of `run_` neighbouring elements of a sample takes as many neighbouring alphas, or one
  /// and the same.
  std::size_t run_ = 1;
  bool one_alpha_ = false;
  std::vector<std::uint32_t> first_alpha_;  ///< Of each run.
};

}  // namespace dk::model
