// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/config_reader.hpp"
#include "model/layer.hpp"

#include <cstdint>
#include <optional>

namespace dk::model {

/// In training y = x + noise, which is normal with deviation `stddev`; otherwise y = x. The noise
/// follows from the step's seed alone.
class GaussianNoise final : public UnaryLayer {
 public:
  explicit GaussianNoise(ConfigReader& config);

  [[nodiscard]] nlohmann::json config() const override;
  [[nodiscard]] Placement placement() const override;
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;
  [[nodiscard]] MaskRule mask_rule(std::span<const bool>) const override { return MaskRule::kPass; }

 private:
  Result<Shape> build(const Shape& input, const BuildContext& context) override;

  double stddev_;
  std::optional<std::uint64_t> seed_;
  std::size_t size_ = 0;
};

/// In training y = x * noise, which is normal with mean 1 and deviation sqrt(rate / (1 - rate)),
/// that of Dropout; otherwise y = x (Srivastava et al., 2014, section 10).
class GaussianDropout final : public UnaryLayer {
 public:
  explicit GaussianDropout(ConfigReader& config);

  [[nodiscard]] nlohmann::json config() const override;
  [[nodiscard]] Placement placement() const override;
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;
  [[nodiscard]] MaskRule mask_rule(std::span<const bool>) const override { return MaskRule::kPass; }

 private:
  Result<Shape> build(const Shape& input, const BuildContext& context) override;
  void multiply_noise(const float* in, float* out, std::size_t size, std::uint64_t seed) const;

  double rate_;
  std::optional<std::uint64_t> seed_;
  std::size_t size_ = 0;
};

}  // namespace dk::model
