// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/convolutional/separable_conv.hpp"

namespace dk::model {

SeparableConv::SeparableConv(ConfigReader& config, std::size_t rank)
    : ConvolutionLayer(config, rank, rank == 1),
      filters_(config.count("filters")),
      multiplier_(config.count("depth_multiplier", 1)),
      depthwise_kernel_(VariableConfig::read(config, "depthwise", "glorot_uniform")),
      pointwise_kernel_(VariableConfig::read(config, "pointwise", "glorot_uniform")) {
  // Keras 2 writes its base class' settings too.
  config.only("groups", 1);
  config.ignore({"kernel_initializer", "kernel_regularizer", "kernel_constraint"});
}

nlohmann::json SeparableConv::config() const {
  nlohmann::json config = common_config();
  config["filters"] = filters_;
  config["depth_multiplier"] = multiplier_;
  depthwise_kernel_.write(config, "depthwise");
  pointwise_kernel_.write(config, "pointwise");
  return config;
}

Result<Shape> SeparableConv::build(const Shape& input, const BuildContext& context) {
  DK_TRY_ASSIGN(const Extent extent, extent_of(input));
  DK_TRY_ASSIGN(const Window::Fit fit, window().over(extent.space));
  DK_TRY(element_count({extent.channels, multiplier_}));
  const Extent between{fit.output, extent.channels * multiplier_};
  depthwise_shape_ = window().sizes;
  depthwise_shape_.insert(depthwise_shape_.end(), {extent.channels, multiplier_});
  pointwise_shape_ = Shape(rank(), 1);
  pointwise_shape_.insert(pointwise_shape_.end(), {between.channels, filters_});
  DK_TRY(element_count(depthwise_shape_));
  DK_TRY(element_count(pointwise_shape_));
  DK_TRY_ASSIGN(Shape output, plan_output({fit.output, filters_}, context));

  const onednn::Convolution::Products products{
      .output = true, .input_gradient = context.training, .kernel_gradient = context.training};
  onednn::ConvolutionShape shape = convolution(extent, fit, between.channels);
  shape.groups = extent.channels;
  DK_TRY_ASSIGN(depthwise_, onednn::Convolution::make(shape, context.max_batch, products));
  shape = convolution(between, {fit.output, Shape(rank(), 0)}, filters_);
  shape.kernel = shape.strides = shape.dilations = Shape(rank(), 1);
  bias_in_convolution_ = shape.bias = bias_in_convolution();
  DK_TRY_ASSIGN(pointwise_, onednn::Convolution::make(shape, context.max_batch, products));

  const std::size_t floats = context.max_batch * between.cells() * between.channels;
  DK_TRY_ASSIGN(between_, FloatBuffer::make(floats));
  if (context.training) {
    DK_TRY_ASSIGN(between_gradient_, FloatBuffer::make(floats));
  }
  return output;
}

std::vector<VariableSpec> SeparableConv::variables() const {
  std::vector<VariableSpec> variables{depthwise_kernel_.spec("depthwise_kernel", depthwise_shape_),
                                      pointwise_kernel_.spec("pointwise_kernel", pointwise_shape_)};
  append_bias(variables);
  return variables;
}

std::size_t SeparableConv::workspace_floats() const {
  return stage_floats() + depthwise_.workspace_floats() + pointwise_.workspace_floats() +
         between_.span().size() + between_gradient_.span().size();
}

void SeparableConv::forward(const ForwardPass& pass) {
  const float* bias = use_bias() ? pass.variables[2] : nullptr;
  depthwise_.output(pass.in(), pass.variables[0], nullptr, between_.data(), pass.n);
  pointwise_.output(between_.data(), pass.variables[1], bias_in_convolution_ ? bias : nullptr,
                    pass.out(), pass.n);
  finish(pass.out(), bias_in_convolution_ ? nullptr : bias, pass.n);
}

void SeparableConv::backward(const BackwardPass& pass) {
  finish_backward(pass.out(), pass.out_gradient(), use_bias() ? pass.gradients[2] : nullptr,
                  pass.n);
  if (pass.gradients[1] != nullptr) {
    pointwise_.kernel_gradient(between_.data(), pass.out_gradient(), pass.gradients[1], pass.n);
  }
  if (pass.gradients[0] == nullptr && pass.in_gradient() == nullptr) return;
  pointwise_.input_gradient(pass.out_gradient(), pass.variables[1], between_gradient_.data(),
                            pass.n);
  if (pass.gradients[0] != nullptr) {
    depthwise_.kernel_gradient(pass.in(), between_gradient_.data(), pass.gradients[0], pass.n);
  }
  if (pass.in_gradient() != nullptr) {
    depthwise_.input_gradient(between_gradient_.data(), pass.variables[0], pass.in_gradient(),
                              pass.n);
  }
}

}  // namespace dk::model
