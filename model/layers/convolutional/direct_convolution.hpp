// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/layers/convolutional/convolution_layer.hpp"

#include <string>

namespace dk::model {

/// y = f(x * kernel + bias) with one kernel, where * is the cross-correlation that
/// onednn::ConvolutionShape says.
class DirectConvolution : public ConvolutionLayer {
 public:
  [[nodiscard]] std::vector<VariableSpec> variables() const override;
  [[nodiscard]] std::size_t workspace_floats() const override;
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;

 protected:
  /// `settings` is what the kernel's settings in the config begin with: `kernel`_initializer.
  DirectConvolution(ConfigReader& config, std::size_t rank, bool causal_allowed,
                    std::string settings, std::string variable);

  void write_kernel(nlohmann::json& config) const { kernel_.write(config, settings_); }
  /// The shape of the output. kernel: (kernel_size..., `kernel_channels`...).
  Result<Shape> plan(const Extent& input, const Shape& kernel_channels, std::size_t groups,
                     std::size_t out_channels, const BuildContext& context);

 private:
  std::string settings_;
  std::string variable_;
  VariableConfig kernel_;
  Shape kernel_shape_;
  bool bias_in_convolution_ = false;
  onednn::Convolution convolution_;
};

}  // namespace dk::model
