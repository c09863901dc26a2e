// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/normalization/layer_normalization.hpp"

#include "model/layers/normalization/row_loops.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dk::model {

LayerNormalization::LayerNormalization(ConfigReader& config)
    : axes_(read_axes(config, "axis", {-1})),
      epsilon_(config.number("epsilon", 1e-3, 0, std::numeric_limits<float>::max())),
      center_(config.boolean("center", true)),
      scale_(config.boolean("scale", true)),
      gamma_(VariableConfig::read(config, "gamma", "ones")),
      beta_(VariableConfig::read(config, "beta", "zeros")) {
  config.only("rms_scaling", false);
}

nlohmann::json LayerNormalization::config() const {
  nlohmann::json config{
      {"axis", axes_to_json(axes_)}, {"epsilon", epsilon_}, {"center", center_}, {"scale", scale_}};
  gamma_.write(config, "gamma");
  beta_.write(config, "beta");
  return config;
}

Result<Shape> LayerNormalization::build(const Shape& input, const BuildContext& context) {
  DK_TRY_ASSIGN(const AxisBlock block, axis_block(input, axes_));
  DK_TRY_ASSIGN(const std::size_t last, sample_axis(-1, input.size()));
  const auto is_last = [&](std::int64_t axis) { return *sample_axis(axis, input.size()) == last; };
  if (std::none_of(axes_.begin(), axes_.end(), is_last)) {
    return fail(Errc::kInvalid, "axis {} of an input {} does not end it; only the last axes can be",
                axes_to_json(axes_).dump(), to_string(input));
  }
  rows_ = block.outer;
  width_ = block.size;
  variable_shape_.assign(input.end() - static_cast<std::ptrdiff_t>(axes_.size()), input.end());
  DK_TRY_ASSIGN(ones_and_zeros_, FloatBuffer::make(2 * width_));
  std::fill_n(ones_and_zeros_.data(), width_, 1.0F);
  if (context.training) {
    DK_TRY_ASSIGN(statistics_, FloatBuffer::make(2 * context.max_batch * rows_));
    DK_TRY_ASSIGN(gradients_, FloatBuffer::make(2 * width_));
  }
  return input;
}

std::vector<VariableSpec> LayerNormalization::variables() const {
  std::vector<VariableSpec> variables;
  if (scale_) variables.push_back(gamma_.spec("gamma", variable_shape_));
  if (center_) variables.push_back(beta_.spec("beta", variable_shape_));
  return variables;
}

Placement LayerNormalization::placement() const {
  return {.forward_in_place = true,
          .backward_in_place = true,
          .keeps_inputs = true,
          .keeps_outputs = false};
}

std::size_t LayerNormalization::workspace_floats() const {
  return ones_and_zeros_.span().size() + statistics_.span().size() + gradients_.span().size();
}

const float* LayerNormalization::gamma(std::span<float* const> variables) const {
  return scale_ ? variables[0] : ones_and_zeros_.data();
}

const float* LayerNormalization::beta(std::span<float* const> variables) const {
  return center_ ? variables[scale_ ? 1 : 0] : ones_and_zeros_.data() + width_;
}

void LayerNormalization::forward(const ForwardPass& pass) {
  const auto width = static_cast<float>(width_);
  for (std::size_t row = 0; row < pass.n * rows_; ++row) {
    const float* x = pass.in() + row * width_;
    const float mean = row_sum(x, width_) / width;
    const float variance = row_squares(x, width_, mean) / width;
    const float inverse = 1 / std::sqrt(variance + static_cast<float>(epsilon_));
    if (pass.training) {
      statistics_.data()[2 * row] = mean;
      statistics_.data()[2 * row + 1] = inverse;
    }
    normalize_row(x, pass.out() + row * width_, width_, mean, inverse, gamma(pass.variables),
                  beta(pass.variables));
  }
}

void LayerNormalization::backward(const BackwardPass& pass) {
  const auto width = static_cast<float>(width_);
  const float* factors = gamma(pass.variables);
  float* const gamma_sums = gradients_.data();
  float* const beta_sums = gamma_sums + width_;
  std::fill_n(gamma_sums, 2 * width_, 0.0F);
  for (std::size_t row = 0; row < pass.n * rows_; ++row) {
    const float* x = pass.in() + row * width_;
    const float* gradient = pass.out_gradient() + row * width_;
    const float mean = statistics_.data()[2 * row];
    const float inverse = statistics_.data()[2 * row + 1];
    const RowGradientSums sums =
        row_gradient_sums(x, gradient, width_, mean, inverse, factors, gamma_sums, beta_sums);
    if (pass.in_gradient() == nullptr) continue;
    row_gradient(x, gradient, pass.in_gradient() + row * width_, width_, mean, inverse, factors,
                 {sums.gradient / width, sums.product / width});
  }
  float* const gamma_gradient = scale_ ? pass.gradients[0] : nullptr;
  float* const beta_gradient = center_ ? pass.gradients[scale_ ? 1 : 0] : nullptr;
  if (gamma_gradient != nullptr) std::copy_n(gamma_sums, width_, gamma_gradient);
  if (beta_gradient != nullptr) std::copy_n(beta_sums, width_, beta_gradient);
}

}  // namespace dk::model
