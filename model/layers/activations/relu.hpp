// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/config_reader.hpp"
#include "model/layer.hpp"

#include <limits>

namespace dk::model {

/// Keras' `ReLU`, elementwise: y = max_value for x >= max_value; x for threshold < x < max_value;
/// else negative_slope * (x - threshold).
class Relu final : public UnaryLayer {
 public:
  explicit Relu(ConfigReader& config);

  [[nodiscard]] nlohmann::json config() const override;
  [[nodiscard]] Placement placement() const override;
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;
  [[nodiscard]] MaskRule mask_rule(std::span<const bool>) const override { return MaskRule::kPass; }

 private:
  Result<Shape> build(const Shape& input, const BuildContext& context) override;

  /// Infinity where Keras has None.
  double max_value_ = std::numeric_limits<double>::infinity();
  double negative_slope_ = 0;
  double threshold_ = 0;
  std::size_t size_ = 0;
};

/// Keras' `LeakyReLU`, elementwise: y = x for x > 0, else alpha * x. Keras 3 calls alpha
/// negative_slope.
class LeakyRelu final : public UnaryLayer {
 public:
  explicit LeakyRelu(ConfigReader& config);

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

/// Keras' `ThresholdedReLU`, elementwise: y = x for x > theta, else 0.
class ThresholdedRelu final : public UnaryLayer {
 public:
  explicit ThresholdedRelu(ConfigReader& config);

  [[nodiscard]] nlohmann::json config() const override { return {{"theta", theta_}}; }
  [[nodiscard]] Placement placement() const override;
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;
  [[nodiscard]] MaskRule mask_rule(std::span<const bool>) const override { return MaskRule::kPass; }

 private:
  Result<Shape> build(const Shape& input, const BuildContext& context) override;

  double theta_;
  std::size_t size_ = 0;
};

}  // namespace dk::model
