// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/convolutional/direct_convolution.hpp"

namespace dk::model {

DirectConvolution::DirectConvolution(ConfigReader& config, std::size_t rank, bool causal_allowed,
                                     std::string settings, std::string variable)
    : ConvolutionLayer(config, rank, causal_allowed),
      settings_(std::move(settings)),
      variable_(std::move(variable)),
      kernel_(VariableConfig::read(config, settings_, "glorot_uniform")) {}

Result<Shape> DirectConvolution::plan(const Extent& input, const Shape& kernel_channels,
                                      std::size_t groups, std::size_t out_channels,
                                      const BuildContext& context) {
  DK_TRY_ASSIGN(const Window::Fit fit, window().over(input.space));
  kernel_shape_ = window().sizes;
  kernel_shape_.insert(kernel_shape_.end(), kernel_channels.begin(), kernel_channels.end());
  DK_TRY(element_count(kernel_shape_));
  DK_TRY_ASSIGN(Shape output, plan_output({fit.output, out_channels}, context));
  onednn::ConvolutionShape shape = convolution(input, fit, out_channels);
  shape.groups = groups;
  bias_in_convolution_ = shape.bias = bias_in_convolution();
  DK_TRY_ASSIGN(convolution_, onednn::Convolution::make(shape, context.max_batch,
                                                        {.output = true,
                                                         .input_gradient = context.training,
                                                         .kernel_gradient = context.training}));
  return output;
}

std::vector<VariableSpec> DirectConvolution::variables() const {
  std::vector<VariableSpec> variables{kernel_.spec(variable_, kernel_shape_)};
  append_bias(variables);
  return variables;
}

std::size_t DirectConvolution::workspace_floats() const {
  return stage_floats() + convolution_.workspace_floats();
}

void DirectConvolution::forward(const ForwardPass& pass) {
  const float* bias = use_bias() ? pass.variables[1] : nullptr;
  convolution_.output(pass.in(), pass.variables[0], bias_in_convolution_ ? bias : nullptr,
                      pass.out(), pass.n);
  finish(pass.out(), bias_in_convolution_ ? nullptr : bias, pass.n);
}

void DirectConvolution::backward(const BackwardPass& pass) {
  finish_backward(pass.out(), pass.out_gradient(), use_bias() ? pass.gradients[1] : nullptr,
                  pass.n);
  if (pass.gradients[0] != nullptr) {
    convolution_.kernel_gradient(pass.in(), pass.out_gradient(), pass.gradients[0], pass.n);
  }
  if (pass.in_gradient() != nullptr) {
    convolution_.input_gradient(pass.out_gradient(), pass.variables[0], pass.in_gradient(), pass.n);
  }
}

}  // namespace dk::model
