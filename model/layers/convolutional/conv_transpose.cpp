// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/convolutional/conv_transpose.hpp"

#include <algorithm>

namespace dk::model {

ConvTranspose::ConvTranspose(ConfigReader& config, std::size_t rank)
    : ConvolutionLayer(config, rank, false),
      filters_(config.count("filters")),
      kernel_(VariableConfig::read(config, "kernel", "glorot_uniform")) {
  config.only("groups", 1);
  config.only_null({"lora_rank", "lora_alpha", "quantization_config"});
  read_output_padding(config);
}

void ConvTranspose::read_output_padding(ConfigReader& config) {
  const nlohmann::json* value = config.find("output_padding");
  if (value == nullptr || value->is_null()) return;
  const auto sizes = value->is_array() ? *value : nlohmann::json(rank(), *value);
  bool good = sizes.size() == rank();
  for (std::size_t axis = 0; good && axis < rank(); ++axis) {
    good =
        sizes[axis].is_number_integer() && sizes[axis] >= 0 && sizes[axis] < window().strides[axis];
    if (good) output_padding_.push_back(sizes[axis].get<std::size_t>());
  }
  if (good) return;
  config.problem(
      fmt::format("output_padding is {}; on each axis it must be a whole number from 0 "
                  "and below the stride, which is {}",
                  show(*value), to_string(window().strides)));
}

nlohmann::json ConvTranspose::config() const {
  nlohmann::json config = common_config();
  config["filters"] = filters_;
  config["output_padding"] =
      output_padding_.empty() ? nlohmann::json() : nlohmann::json(output_padding_);
  kernel_.write(config, "kernel");
  return config;
}

Result<Shape> ConvTranspose::output_space(const Shape& input) const {
  const bool same = window().padding == Padding::kSame;
  Shape output;
  for (std::size_t axis = 0; axis < rank(); ++axis) {
    const std::size_t stride = window().strides[axis];
    const std::size_t span = window().span(axis);
    if (output_padding_.empty()) {
      output.push_back(same ? input[axis] * stride
                            : (input[axis] - 1) * stride + std::max(span, stride));
      continue;
    }
    const std::size_t whole = (input[axis] - 1) * stride + span + output_padding_[axis];
    output.push_back(same ? whole - span / 2 * 2 : whole);
  }
  DK_TRY(element_count(output));
  return output;
}

Result<Shape> ConvTranspose::build(const Shape& input, const BuildContext& context) {
  DK_TRY_ASSIGN(const Extent extent, extent_of(input));
  kernel_shape_ = window().sizes;
  kernel_shape_.insert(kernel_shape_.end(), {filters_, extent.channels});
  DK_TRY(element_count(kernel_shape_));
  DK_TRY_ASSIGN(Shape space, output_space(extent.space));
  const Extent result{std::move(space), filters_};
  DK_TRY_ASSIGN(const Window::Fit fit, window().over(result.space));
  if (fit.output != extent.space) {
    return fail(Errc::kInvalid,
                "output_padding {} makes {} of {}, of which this window would make {}",
                to_string(output_padding_), to_string(result.space), to_string(extent.space),
                to_string(fit.output));
  }
  DK_TRY_ASSIGN(Shape output, plan_output(result, context));
  DK_TRY_ASSIGN(convolution_, onednn::Convolution::make(convolution(result, fit, extent.channels),
                                                        context.max_batch,
                                                        {.output = context.training,
                                                         .input_gradient = true,
                                                         .kernel_gradient = context.training}));
  return output;
}

std::vector<VariableSpec> ConvTranspose::variables() const {
  std::vector<VariableSpec> variables{kernel_.spec("kernel", kernel_shape_)};
  append_bias(variables);
  return variables;
}

std::size_t ConvTranspose::workspace_floats() const {
  return stage_floats() + convolution_.workspace_floats();
}

void ConvTranspose::forward(const ForwardPass& pass) {
  convolution_.input_gradient(pass.in(), pass.variables[0], pass.out(), pass.n);
  finish(pass.out(), use_bias() ? pass.variables[1] : nullptr, pass.n);
}

void ConvTranspose::backward(const BackwardPass& pass) {
  finish_backward(pass.out(), pass.out_gradient(), use_bias() ? pass.gradients[1] : nullptr,
                  pass.n);
  if (pass.gradients[0] != nullptr) {
    convolution_.kernel_gradient(pass.out_gradient(), pass.in(), pass.gradients[0], pass.n);
  }
  if (pass.in_gradient() != nullptr) {
    convolution_.output(pass.out_gradient(), pass.variables[0], nullptr, pass.in_gradient(),
                        pass.n);
  }
}

}  // namespace dk::model
