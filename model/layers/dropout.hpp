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
class Dropout final : public Layer {
 public:
  explicit Dropout(ConfigReader& config);

  [[nodiscard]] nlohmann::json config() const override;
  Result<Shape> build(const Shape& input, std::size_t max_batch) override;
  const float* forward(const ForwardPass& pass) override;
  float* backward(const BackwardPass& pass) override;

 private:
  [[nodiscard]] std::uint64_t stream(std::uint64_t step_seed) const;

  double rate_;
  std::optional<std::uint64_t> seed_;
  std::size_t size_ = 0;
};

}  // namespace dk::model
