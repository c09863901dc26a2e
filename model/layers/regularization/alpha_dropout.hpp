// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/config_reader.hpp"
#include "model/layer.hpp"

#include <cstdint>
#include <optional>

namespace dk::model {

/// Dropout for selu networks (Klambauer et al., 2017): in training y = a x + b with probability
/// 1 - rate, else a s + b, where s = -1.7581 is selu's limit and a, b keep mean 0 and variance 1;
/// otherwise y = x.
class AlphaDropout final : public UnaryLayer {
 public:
  explicit AlphaDropout(ConfigReader& config);

  [[nodiscard]] nlohmann::json config() const override;
  [[nodiscard]] Placement placement() const override;
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;
  [[nodiscard]] MaskRule mask_rule(std::span<const bool>) const override { return MaskRule::kPass; }

 private:
  Result<Shape> build(const Shape& input, const BuildContext& context) override;
  [[nodiscard]] double factor() const;

  double rate_;
  std::optional<std::uint64_t> seed_;
  std::size_t size_ = 0;
};

}  // namespace dk::model
