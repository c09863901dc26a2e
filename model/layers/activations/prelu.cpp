// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/activations/prelu.hpp"

#include "base/multiversion.hpp"
#include "model/layers/axes.hpp"

#include <algorithm>

namespace dk::model {
namespace {

DK_MULTIVERSION void apply(const float* in, float* out, const float* alpha, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) out[i] = in[i] <= 0 ? alpha[i] * in[i] : in[i];
}

DK_MULTIVERSION void apply_one(const float* in, float* out, float alpha, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) out[i] = in[i] <= 0 ? alpha * in[i] : in[i];
}

DK_MULTIVERSION void add_alpha_gradient(const float* in, const float* gradient, float* sums,
                                        std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) sums[i] += in[i] <= 0 ? gradient[i] * in[i] : 0;
}

DK_MULTIVERSION float one_alpha_gradient(const float* in, const float* gradient, std::size_t size) {
  double sum = 0;
  for (std::size_t i = 0; i < size; ++i) sum += in[i] <= 0 ? gradient[i] * in[i] : 0;
  return static_cast<float>(sum);
}

DK_MULTIVERSION void back(const float* in, const float* gradient, float* in_gradient,
                          const float* alpha, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    in_gradient[i] = in[i] <= 0 ? alpha[i] * gradient[i] : gradient[i];
  }
}

DK_MULTIVERSION void back_one(const float* in, const float* gradient, float* in_gradient,
                              float alpha, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    in_gradient[i] = in[i] <= 0 ? alpha * gradient[i] : gradient[i];
  }
}

}  // namespace

PRelu::PRelu(ConfigReader& config) : alpha_(VariableConfig::read(config, "alpha", "zeros")) {
  const nlohmann::json* shared = config.find("shared_axes");
  if (shared != nullptr && !shared->is_null() && !(shared->is_array() && shared->empty())) {
    shared_axes_ = read_axes(config, "shared_axes", {});
  }
}

nlohmann::json PRelu::config() const {
  nlohmann::json config{
      {"shared_axes", shared_axes_.empty() ? nlohmann::json() : nlohmann::json(shared_axes_)}};
  alpha_.write(config, "alpha");
  return config;
}

Result<Shape> PRelu::build(const Shape& input, const BuildContext& /*context*/) {
  DK_TRY_ASSIGN(size_, element_count(input));
  alpha_shape_ = input;
  for (const std::int64_t axis : shared_axes_) {
    DK_TRY_ASSIGN(const std::size_t index, sample_axis(axis, input.size()));
    alpha_shape_[index] = 1;
  }
  DK_TRY_ASSIGN(alphas_, element_count(alpha_shape_));
  // The last axes as far as all are shared, or none is.
  one_alpha_ = !input.empty() && alpha_shape_.back() != input.back();
  run_ = 1;
  std::size_t axis = input.size();
  while (axis > 0 && (alpha_shape_[axis - 1] != input[axis - 1]) == one_alpha_) {
    run_ *= input[--axis];
  }
  const std::size_t alphas_per_run = one_alpha_ ? 1 : run_;
  first_alpha_.assign(size_ / run_, 0);
  for (std::size_t run = 0; run < first_alpha_.size(); ++run) {
    std::size_t left = run;
    std::size_t step = alphas_per_run;
    std::size_t first = 0;
    for (std::size_t outer = axis; outer-- > 0;) {
      if (alpha_shape_[outer] == input[outer]) first += left % input[outer] * step;
      left /= input[outer];
      step *= alpha_shape_[outer];
    }
    first_alpha_[run] = static_cast<std::uint32_t>(first);
  }
  return input;
}

std::vector<VariableSpec> PRelu::variables() const {
  return {alpha_.spec("alpha", alpha_shape_)};
}

Placement PRelu::placement() const {
  return {.forward_in_place = true,
          .backward_in_place = true,
          .keeps_inputs = true,
          .keeps_outputs = false};
}

void PRelu::forward(const ForwardPass& pass) {
  const float* alpha = pass.variables[0];
  for (std::size_t at = 0; at < pass.n * size_; at += run_) {
    const float* first = alpha + first_alpha_[at % size_ / run_];
    if (one_alpha_) {
      apply_one(pass.in() + at, pass.out() + at, *first, run_);
    } else {
      apply(pass.in() + at, pass.out() + at, first, run_);
    }
  }
}

void PRelu::backward(const BackwardPass& pass) {
  float* const alpha_gradient = pass.gradients[0];
  if (alpha_gradient != nullptr) std::fill_n(alpha_gradient, alphas_, 0.0F);
  for (std::size_t at = 0; at < pass.n * size_; at += run_) {
    const std::size_t first = first_alpha_[at % size_ / run_];
    const float* in = pass.in() + at;
    const float* gradient = pass.out_gradient() + at;
    if (alpha_gradient != nullptr && one_alpha_) {
      alpha_gradient[first] += one_alpha_gradient(in, gradient, run_);
    } else if (alpha_gradient != nullptr) {
      add_alpha_gradient(in, gradient, alpha_gradient + first, run_);
    }
    if (pass.in_gradient() == nullptr) continue;
    if (one_alpha_) {
      back_one(in, gradient, pass.in_gradient() + at, pass.variables[0][first], run_);
    } else {
      back(in, gradient, pass.in_gradient() + at, pass.variables[0] + first, run_);
    }
  }
}

}  // namespace dk::model
