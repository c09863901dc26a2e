// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/core/masking.hpp"

#include <algorithm>
#include <limits>

namespace dk::model {
namespace {

constexpr double kLargest = std::numeric_limits<float>::max();

void find_steps(const float* x, float* mask, std::size_t steps, std::size_t features,
                float mask_value) {
  for (std::size_t step = 0; step < steps; ++step, x += features) {
    const bool counts =
        std::any_of(x, x + features, [mask_value](float value) { return value != mask_value; });
    mask[step] = counts ? 1.0F : 0.0F;
  }
}

void keep_steps(const float* from, const float* mask, float* to, std::size_t steps,
                std::size_t features) {
  for (std::size_t step = 0; step < steps; ++step, from += features, to += features) {
    if (mask[step] == 0) {
      std::fill_n(to, features, 0.0F);
    } else if (from != to) {
      std::copy_n(from, features, to);
    }
  }
}

}  // namespace

Masking::Masking(ConfigReader& config)
    : mask_value_(config.number("mask_value", 0, -kLargest, kLargest)) {}

nlohmann::json Masking::config() const {
  return {{"mask_value", mask_value_}};
}

Result<Shape> Masking::build(const Shape& input, const BuildContext& context) {
  if (input.empty()) return fail(Errc::kInvalid, "needs an input of at least one axis, not ()");
  DK_TRY(element_count(input));
  steps_shape_.assign(input.begin(), input.end() - 1);
  features_ = input.back();
  DK_TRY_ASSIGN(steps_, element_count(steps_shape_));
  DK_TRY_ASSIGN(mask_, FloatBuffer::make(context.max_batch * steps_));
  return input;
}

Placement Masking::placement() const {
  return {.forward_in_place = true,
          .backward_in_place = true,
          .keeps_inputs = false,
          .keeps_outputs = false};
}

void Masking::make_mask(const ForwardPass& pass, float* mask) {
  find_steps(pass.in(), mask, pass.n * steps_, features_, static_cast<float>(mask_value_));
}

void Masking::forward(const ForwardPass& pass) {
  make_mask(pass, mask_.data());
  keep_steps(pass.in(), mask_.data(), pass.out(), pass.n * steps_, features_);
}

void Masking::backward(const BackwardPass& pass) {
  if (pass.in_gradient() == nullptr) return;
  keep_steps(pass.out_gradient(), mask_.data(), pass.in_gradient(), pass.n * steps_, features_);
}

}  // namespace dk::model
