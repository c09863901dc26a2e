// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/layers/convolutional/direct_convolution.hpp"

namespace dk::model {

/// Keras' DepthwiseConv1D and DepthwiseConv2D: each channel of x is convolved with kernels of its
/// own, y[.., i * depth_multiplier + m] = f(x[.., i] * depthwise_kernel[.., i, m] + bias).
/// x: (space..., in), depthwise_kernel: (kernel_size..., in, depth_multiplier),
/// bias: (in * depth_multiplier), y: (positions of the window..., in * depth_multiplier).
class DepthwiseConv final : public DirectConvolution {
 public:
  DepthwiseConv(ConfigReader& config, std::size_t rank);

  [[nodiscard]] nlohmann::json config() const override;

 private:
  Result<Shape> build(const Shape& input, const BuildContext& context) override;

  std::size_t multiplier_;
};

}  // namespace dk::model
