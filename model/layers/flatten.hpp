// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/config_reader.hpp"
#include "model/layer.hpp"

namespace dk::model {

/// (a, b, ...) becomes (a * b * ...). Moves no data.
class Flatten final : public Layer {
 public:
  explicit Flatten(ConfigReader& config);

  [[nodiscard]] nlohmann::json config() const override;
  Result<Shape> build(const Shape& input, std::size_t max_batch) override;
  const float* forward(const ForwardPass& pass) override { return pass.in; }
  float* backward(const BackwardPass& pass) override { return pass.out_gradient; }
};

}  // namespace dk::model
