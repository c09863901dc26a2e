// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/convolutional/convolution_layer.hpp"

#include "base/multiversion.hpp"

#include <algorithm>

namespace dk::model {
namespace {

DK_MULTIVERSION void add_to_channels(const float* bias, float* y, std::size_t n,
                                     std::size_t channels, std::size_t cells) {
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t c = 0; c < channels; ++c, y += cells) {
      for (std::size_t cell = 0; cell < cells; ++cell) y[cell] += bias[c];
    }
  }
}

DK_MULTIVERSION void sum_channels(const float* gradient, float* sums, std::size_t n,
                                  std::size_t channels, std::size_t cells) {
  std::fill_n(sums, channels, 0.0F);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t c = 0; c < channels; ++c, gradient += cells) {
      float sum = 0;
      for (std::size_t cell = 0; cell < cells; ++cell) sum += gradient[cell];
      sums[c] += sum;
    }
  }
}

}  // namespace

ConvolutionLayer::ConvolutionLayer(ConfigReader& config, std::size_t rank, bool causal_allowed)
    : rank_(rank),
      window_{.sizes = config.counts("kernel_size", rank),
              .strides = config.counts("strides", rank, 1),
              .dilations = config.counts("dilation_rate", rank, 1),
              .padding = read_padding(config, causal_allowed)},
      channels_first_(read_channels_first(config)),
      use_bias_(config.boolean("use_bias", true)),
      activation_(read_activation(config, "activation")),
      bias_(VariableConfig::read(config, "bias", "zeros")) {
  if (std::ranges::max(window_.strides) > 1 && std::ranges::max(window_.dilations) > 1) {
    config.problem(fmt::format("strides {} and dilation_rate {} cannot both be above 1",
                               to_string(window_.strides), to_string(window_.dilations)));
  }
}

nlohmann::json ConvolutionLayer::common_config() const {
  nlohmann::json config{{"kernel_size", window_.sizes},
                        {"strides", window_.strides},
                        {"padding", name_of(window_.padding)},
                        {"data_format", data_format_name(channels_first_)},
                        {"dilation_rate", window_.dilations},
                        {"activation", activation_.name()},
                        {"use_bias", use_bias_}};
  bias_.write(config, "bias");
  return config;
}

Result<Shape> ConvolutionLayer::plan_output(const Extent& output, const BuildContext& context) {
  const Shape shape = output.shape(channels_first_);
  DK_TRY_ASSIGN(const std::size_t size, element_count(shape));
  output_ = output;
  rows_per_sample_ = size / shape.back();
  DK_TRY(activation_.plan(context.max_batch * rows_per_sample_, shape.back(), context.training));
  return shape;
}

onednn::ConvolutionShape ConvolutionLayer::convolution(const Extent& input, const Window::Fit& fit,
                                                       std::size_t out_channels) const {
  return {.input = input.space,
          .output = fit.output,
          .kernel = window_.sizes,
          .strides = window_.strides,
          .dilations = window_.dilations,
          .pads = fit.pads,
          .in_channels = input.channels,
          .out_channels = out_channels,
          .channels_first = channels_first_};
}

void ConvolutionLayer::append_bias(std::vector<VariableSpec>& variables) const {
  if (use_bias_) variables.push_back(bias_.spec("bias", {output_.channels}));
}

Placement ConvolutionLayer::placement() const {
  return {.keeps_inputs = trainable(), .keeps_outputs = !activation_.is_linear()};
}

void ConvolutionLayer::finish(float* y, const float* bias, std::size_t n) {
  if (bias != nullptr && channels_first_) {
    add_to_channels(bias, y, n, output_.channels, output_.cells());
    bias = nullptr;
  }
  if (bias == nullptr && activation_.is_linear()) return;
  activation_.forward(y, bias, n * rows_per_sample_);
}

void ConvolutionLayer::finish_backward(const float* y, float* y_gradient, float* bias_gradient,
                                       std::size_t n) {
  const bool by_channel = bias_gradient != nullptr && channels_first_;
  float* sums = by_channel ? nullptr : bias_gradient;
  if (sums != nullptr || !activation_.is_linear()) {
    activation_.backward(y, y_gradient, sums, n * rows_per_sample_);
  }
  if (by_channel) sum_channels(y_gradient, bias_gradient, n, output_.channels, output_.cells());
}

}  // namespace dk::model
