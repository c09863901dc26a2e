// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/config_reader.hpp"
#include "model/layer.hpp"
#include "model/layers/reshaping/permutation.hpp"

#include <vector>

namespace dk::model {

/// Axis i of y is axis dims[i] of x, counted from 1 (0 is the batch's): dims (2, 1) makes (a, b)
/// to (b, a).
class Permute final : public UnaryLayer {
 public:
  explicit Permute(ConfigReader& config);

  [[nodiscard]] nlohmann::json config() const override;
  [[nodiscard]] Placement placement() const override;
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;

 private:
  Result<Shape> build(const Shape& input, const BuildContext& context) override;

  std::vector<std::size_t> order_;  ///< From 0.
  Permutation there_;
  Permutation back_;
};

}  // namespace dk::model
