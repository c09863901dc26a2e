// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/config_reader.hpp"
#include "model/layer.hpp"

#include <cstdint>
#include <optional>

namespace dk::model {

/// In training y = x / (1 - rate) with probability 1 - rate, else 0 (inverted dropout, Srivastava
/// et al., 2014); otherwise y = x. Which elements fall out follows from the step's seed alone, so
/// that a step can be repeated, and the way back draws the same ones again.
class Dropout final : public UnaryLayer {
 public:
  explicit Dropout(ConfigReader& config);

  [[nodiscard]] nlohmann::json config() const override;
  [[nodiscard]] Placement placement() const override;
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;
  [[nodiscard]] MaskRule mask_rule(std::span<const bool>) const override { return MaskRule::kPass; }

 private:
  Result<Shape> build(const Shape& input, const BuildContext& context) override;

  double rate_;
  std::optional<std::uint64_t> seed_;
  std::size_t size_ = 0;
};

}  // namespace dk::model
