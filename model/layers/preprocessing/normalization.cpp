// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/preprocessing/normalization.hpp"

#include <cmath>

namespace dk::model {

Normalization::Normalization(ConfigReader& config)
    : mean_(read_numbers(config, "mean")),
      variance_(read_numbers(config, "variance")),
      invert_(config.boolean("invert", false)) {
  const nlohmann::json* axis = config.find("axis");
  const bool none = axis != nullptr && (axis->is_null() || (axis->is_array() && axis->empty()));
  if (!none) axes_ = read_axes(config, "axis", {-1});
  if (mean_.size() != variance_.size()) {
    config.problem(fmt::format("mean has {} and variance {} numbers; both or none must be given",
                               mean_.size(), variance_.size()));
  }
  if (const auto* mean = config.find("mean")) mean_config_ = *mean;
  if (const auto* variance = config.find("variance")) variance_config_ = *variance;
}

nlohmann::json Normalization::config() const {
  return {{"axis", axes_.empty() ? nlohmann::json() : axes_to_json(axes_)},
          {"mean", mean_config_},
          {"variance", variance_config_},
          {"invert", invert_}};
}

Result<void> Normalization::plan_variables(const Shape& input, std::size_t channels) {
  for (const std::int64_t axis : axes_) {
    DK_TRY_ASSIGN(const std::size_t index, sample_axis(axis, input.size()));
    variable_shape_.push_back(index);
  }
  std::sort(variable_shape_.begin(), variable_shape_.end());
  for (std::size_t& axis : variable_shape_) axis = input[axis];
  if (has_variables()) return {};
  for (std::vector<float>* numbers : {&mean_, &variance_}) {
    if (numbers->size() == 1) numbers->resize(channels, numbers->front());
    if (numbers->size() == channels) continue;
    return fail(Errc::kInvalid,
                "mean and variance have {} numbers; for an input {} they need 1 or {}",
                numbers->size(), to_string(input), channels);
  }
  return {};
}

Result<Shape> Normalization::build(const Shape& input, const BuildContext& /*context*/) {
  DK_TRY_ASSIGN(const std::size_t size, element_count(input));
  AxisBlock channels{size, 1, 1};
  if (!axes_.empty()) {
    DK_TRY_ASSIGN(channels, axis_block(input, axes_));
  }
  DK_TRY(plan_variables(input, channels.size));
  DK_TRY(passes_.plan(channels));
  scale_.resize(channels.size);
  zeros_.resize(channels.size);
  return input;
}

std::vector<VariableSpec> Normalization::variables() const {
  if (!has_variables()) return {};
  const Initializer zeros = parse_initializer("zeros").value();
  const Initializer ones = parse_initializer("ones").value();
  return {{"mean", variable_shape_, zeros, /*trainable=*/false},
          {"variance", variable_shape_, ones, /*trainable=*/false},
          {"count", {}, zeros, /*trainable=*/false}};
}

Placement Normalization::placement() const {
  return {.forward_in_place = true,
          .backward_in_place = true,
          .keeps_inputs = false,
          .keeps_outputs = false};
}

std::size_t Normalization::workspace_floats() const {
  return passes_.workspace_floats();
}

void Normalization::forward(const ForwardPass& pass) {
  constexpr float kLeast = 1e-7F;
  const float* mean = has_variables() ? pass.variables[0] : mean_.data();
  const float* variance = has_variables() ? pass.variables[1] : variance_.data();
  for (std::size_t k = 0; k < scale_.size(); ++k) {
    const float deviation = std::max(std::sqrt(variance[k]), kLeast);
    scale_[k] = invert_ ? deviation : 1 / deviation;
  }
  passes_.scale(pass.in(), pass.out(), pass.n, invert_ ? zeros_.data() : mean, scale_.data(),
                invert_ ? mean : zeros_.data());
}

void Normalization::backward(const BackwardPass& pass) {
  if (pass.in_gradient() == nullptr) return;
  passes_.scaled_gradient(pass.out_gradient(), pass.in_gradient(), pass.n, scale_.data());
}

}  // namespace dk::model
