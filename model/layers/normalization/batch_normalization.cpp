// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/normalization/batch_normalization.hpp"

#include "model/layers/normalization/channel_loops.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace dk::model {
namespace {

constexpr double kLargest = std::numeric_limits<float>::max();

/// These keys are understood only as false, null or missing.
void refuse_unless_off(ConfigReader& config, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    const nlohmann::json* value = config.find(key);
    if (value != nullptr && !value->is_null() && *value != false) {
      config.problem(fmt::format("{} is {}; only false is supported", key, show(*value)));
    }
  }
}

}  // namespace

BatchNormalization::BatchNormalization(ConfigReader& config)
    : axis_(read_axes(config, "axis", {-1})),
      momentum_(config.number("momentum", 0.99, 0, std::nextafter(1.0, 2.0))),
      epsilon_(config.number("epsilon", 1e-3, 0, kLargest)),
      center_(config.boolean("center", true)),
      scale_(config.boolean("scale", true)),
      gamma_(VariableConfig::read(config, "gamma", "ones")),
      beta_(VariableConfig::read(config, "beta", "zeros")),
      moving_mean_(read_initializer(config, "moving_mean_initializer", "zeros")),
      moving_variance_(read_initializer(config, "moving_variance_initializer", "ones")) {
  if (axis_.size() != 1) config.problem("axis is a list; only one axis is supported");
  refuse_unless_off(config, {"renorm", "fused", "synchronized", "virtual_batch_size"});
  config.only_null({"adjustment", "renorm_clipping"});
  config.ignore({"renorm_momentum"});
}

nlohmann::json BatchNormalization::config() const {
  nlohmann::json config{{"axis", axis_[0]},
                        {"momentum", momentum_},
                        {"epsilon", epsilon_},
                        {"center", center_},
                        {"scale", scale_},
                        {"moving_mean_initializer", to_json(moving_mean_)},
                        {"moving_variance_initializer", to_json(moving_variance_)}};
  gamma_.write(config, "gamma");
  beta_.write(config, "beta");
  return config;
}

Result<Shape> BatchNormalization::build(const Shape& input, const BuildContext& /*context*/) {
  DK_TRY_ASSIGN(channels_, axis_block(input, axis_));
  has_steps_ = input.size() == 2 && channels_.inner == 1;
  DK_TRY(passes_.plan(channels_));
  DK_TRY_ASSIGN(arrays_, FloatBuffer::make(kArrays * channels_.size));
  return input;
}

std::vector<VariableSpec> BatchNormalization::variables() const {
  std::vector<VariableSpec> variables;
  const Shape shape{channels_.size};
  if (scale_) variables.push_back(gamma_.spec("gamma", shape));
  if (center_) variables.push_back(beta_.spec("beta", shape));
  variables.push_back({"moving_mean", shape, moving_mean_, /*trainable=*/false});
  variables.push_back({"moving_variance", shape, moving_variance_, /*trainable=*/false});
  return variables;
}

Placement BatchNormalization::placement() const {
  return {.forward_in_place = true,
          .backward_in_place = true,
          .keeps_inputs = trainable(),
          .keeps_outputs = false};
}

std::size_t BatchNormalization::workspace_floats() const {
  return passes_.workspace_floats() + arrays_.span().size();
}

const float* BatchNormalization::steps_mask(std::span<const float* const> masks) const {
  return has_steps_ && !masks.empty() ? masks[0] : nullptr;
}

void BatchNormalization::plan_affine(std::span<float* const> variables) {
  const float* gamma = variables[0];
  const float* beta = variables[scale_ ? 1 : 0];
  for (std::size_t k = 0; k < channels_.size; ++k) {
    const double variance = static_cast<double>(array(kVariance)[k]);
    array(kInverse)[k] = static_cast<float>(1 / std::sqrt(variance + epsilon_));
    array(kScale)[k] = array(kInverse)[k] * (scale_ ? gamma[k] : 1);
    array(kShift)[k] = center_ ? beta[k] : 0;
  }
}

void BatchNormalization::masked_moments(const float* x, const float* mask, std::size_t steps) {
  // Keras' backend epsilon, which keeps a batch of nothing but padding finite.
  constexpr double kEpsilon = 1e-7;
  double count = kEpsilon;
  for (std::size_t step = 0; step < steps; ++step) count += static_cast<double>(mask[step]);
  for (std::size_t k = 0; k < channels_.size; ++k) {
    const auto at = [&](std::size_t step) {
      return static_cast<double>(x[step * channels_.size + k]);
    };
    double mean = 0;
    for (std::size_t step = 0; step < steps; ++step) mean += mask[step] != 0 ? at(step) : 0;
    mean /= count;
    double squares = 0;
    for (std::size_t step = 0; step < steps; ++step) {
      squares += mask[step] != 0 ? (at(step) - mean) * (at(step) - mean) : 0;
    }
    array(kMean)[k] = static_cast<float>(mean);
    array(kVariance)[k] = static_cast<float>(squares / count);
  }
}

void BatchNormalization::forward(const ForwardPass& pass) {
  const std::size_t first = (scale_ ? 1U : 0U) + (center_ ? 1U : 0U);
  float* const moving_mean = pass.variables[first];
  float* const moving_variance = pass.variables[first + 1];
  if (pass.training && trainable()) {
    if (const float* mask = steps_mask(pass.masks)) {
      masked_moments(pass.in(), mask, pass.n * channels_.outer);
    } else {
      passes_.moments(pass.in(), pass.n, array(kMean), array(kVariance));
    }
    const auto kept = static_cast<float>(momentum_);
    const auto taken = static_cast<float>(1 - momentum_);
    for (std::size_t k = 0; k < channels_.size; ++k) {
      moving_mean[k] = moving_mean[k] * kept + array(kMean)[k] * taken;
      moving_variance[k] = moving_variance[k] * kept + array(kVariance)[k] * taken;
    }
  } else {
    std::copy_n(moving_mean, channels_.size, array(kMean));
    std::copy_n(moving_variance, channels_.size, array(kVariance));
  }
  plan_affine(pass.variables);
  passes_.scale(pass.in(), pass.out(), pass.n, array(kMean), array(kScale), array(kShift));
}

void BatchNormalization::backward(const BackwardPass& pass) {
  if (trainable()) return backward_in_training(pass);
  if (pass.in_gradient() == nullptr) return;
  passes_.scaled_gradient(pass.out_gradient(), pass.in_gradient(), pass.n, array(kScale));
}

void BatchNormalization::backward_in_training(const BackwardPass& pass) {
  float* const sums = array(kSums);
  float* const products = array(kProducts);
  passes_.gradient_sums(pass.in(), pass.out_gradient(), pass.n, array(kMean), sums, products);
  float* const gamma_gradient = scale_ ? pass.gradients[0] : nullptr;
  float* const beta_gradient = center_ ? pass.gradients[scale_ ? 1 : 0] : nullptr;
  const float* mask = steps_mask(pass.masks);
  auto count = static_cast<float>(pass.n * channels_.outer * channels_.inner);
  if (mask != nullptr) {
    count = std::max(1.0F, std::accumulate(mask, mask + pass.n * channels_.outer, 0.0F));
  }
  for (std::size_t k = 0; k < channels_.size; ++k) {
    const float inverse = array(kInverse)[k];
    if (gamma_gradient != nullptr) gamma_gradient[k] = products[k] * inverse;
    if (beta_gradient != nullptr) beta_gradient[k] = sums[k];
    array(kSlope)[k] = -array(kScale)[k] * inverse * inverse * products[k] / count;
    array(kShift)[k] = -array(kScale)[k] * sums[k] / count;
  }
  if (pass.in_gradient() == nullptr) return;
  if (mask != nullptr) return masked_gradient(pass, mask);
  passes_.gradient(pass.in(), pass.out_gradient(), pass.in_gradient(), pass.n, array(kMean),
                   array(kScale), array(kSlope), array(kShift));
}

void BatchNormalization::masked_gradient(const BackwardPass& pass, const float* mask) {
  const std::size_t size = channels_.size;
  for (std::size_t step = 0; step < pass.n * channels_.outer; ++step) {
    const float* gradient = pass.out_gradient() + step * size;
    float* to = pass.in_gradient() + step * size;
    if (mask[step] == 0) {
      scale_gradient(gradient, to, size, size, array(kScale));
    } else {
      channel_gradient(pass.in() + step * size, gradient, to, size, size, array(kMean),
                       array(kScale), array(kSlope), array(kShift));
    }
  }
}

}  // namespace dk::model
