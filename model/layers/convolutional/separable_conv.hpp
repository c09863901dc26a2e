// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/layers/convolutional/convolution_layer.hpp"

namespace dk::model {

/// Keras' SeparableConv1D and SeparableConv2D: a depthwise convolution (see DepthwiseConv), then
/// one that mixes the channels of each cell: y = f((x * depthwise_kernel) * pointwise_kernel +
/// bias). x: (space..., in), depthwise_kernel: (kernel_size..., in, depth_multiplier),
/// pointwise_kernel: (1..., in * depth_multiplier, filters), bias: (filters), y: (positions of the
/// window..., filters).
class SeparableConv final : public ConvolutionLayer {
 public:
  SeparableConv(ConfigReader& config, std::size_t rank);

  [[nodiscard]] nlohmann::json config() const override;
  [[nodiscard]] std::vector<VariableSpec> variables() const override;
  [[nodiscard]] std::size_t workspace_floats() const override;
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;

 private:
  Result<Shape> build(const Shape& input, const BuildContext& context) override;

  std::size_t filters_;
  std::size_t multiplier_;
  VariableConfig depthwise_kernel_;
  VariableConfig pointwise_kernel_;
  Shape depthwise_shape_;
  Shape pointwise_shape_;
  bool bias_in_convolution_ = false;
  onednn::Convolution depthwise_;
  onednn::Convolution pointwise_;
  FloatBuffer between_;  // the depthwise output
  FloatBuffer between_gradient_;
};

}  // namespace dk::model
