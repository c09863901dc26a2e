// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/layers/read_config.hpp"

namespace dk::model {

/// y = embeddings[x], row by row. x: (...) of whole numbers in [0, input_dim), as floats, cut off
/// toward 0 as Keras' cast does; embeddings: (input_dim, output_dim); y: (..., output_dim). The row
/// of an x outside (or NaN) is NaN, so that the loss shows it; it teaches nothing. With `mask_zero`
/// x = 0 is padding.
class Embedding final : public UnaryLayer {
 public:
  explicit Embedding(ConfigReader& config);

  [[nodiscard]] nlohmann::json config() const override;
  [[nodiscard]] std::vector<VariableSpec> variables() const override;
  [[nodiscard]] Placement placement() const override;
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;
  [[nodiscard]] MaskRule mask_rule(std::span<const bool>) const override;
  void make_mask(const ForwardPass& pass, float* mask) override;
  [[nodiscard]] Shape mask_shape() const override { return input_; }

 private:
  Result<Shape> build(const Shape& input, const BuildContext& context) override;
  [[nodiscard]] Result<void> check_input_length(const Shape& input) const;

  std::size_t rows_;
  std::size_t width_;
  bool mask_zero_;
  nlohmann::json input_length_;
  VariableConfig embeddings_;
  Shape input_;
  std::size_t indices_ = 0;
};

}  // namespace dk::model
