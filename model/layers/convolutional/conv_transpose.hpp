// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/layers/convolutional/convolution_layer.hpp"

namespace dk::model {

/// Keras' Conv1DTranspose, Conv2DTranspose and Conv3DTranspose: y = f(z + bias), where z is to x
/// what the input's gradient is to the output's in a convolution from z's space to x's with the
/// same window: each x steps a stride on in z and adds x * kernel there (Dumoulin and Visin, 2016).
/// x: (space..., in), kernel: (kernel_size..., filters, in), bias: (filters). On each axis y has
///
///     same:                 space * stride cells
///     valid:                space * stride + max(span - stride, 0)
///     with output_padding:  (space - 1) * stride + span + output_padding, for same less
///                           2 * floor(span / 2)
///
/// where span = (kernel_size - 1) * dilation_rate + 1.
class ConvTranspose final : public ConvolutionLayer {
 public:
  ConvTranspose(ConfigReader& config, std::size_t rank);

  [[nodiscard]] nlohmann::json config() const override;
  [[nodiscard]] std::vector<VariableSpec> variables() const override;
  [[nodiscard]] std::size_t workspace_floats() const override;
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;

 private:
  Result<Shape> build(const Shape& input, const BuildContext& context) override;
  void read_output_padding(ConfigReader& config);
  [[nodiscard]] Result<Shape> output_space(const Shape& input) const;

  std::size_t filters_;
  Shape output_padding_;  // empty: null
  VariableConfig kernel_;
  Shape kernel_shape_;
  onednn::Convolution convolution_;  // from y to x
};

}  // namespace dk::model
