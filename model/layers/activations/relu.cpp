// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/activations/relu.hpp"

#include "base/multiversion.hpp"

#include <cmath>

namespace dk::model {
namespace {

constexpr double kLargest = std::numeric_limits<float>::max();

/// Where the way back needs the outputs only.
constexpr Placement kFromOutputs{.forward_in_place = true,
                                 .backward_in_place = true,
                                 .keeps_inputs = false,
                                 .keeps_outputs = true};

// In all of these NaN passes through, so that a diverged model is seen and not hidden.
DK_MULTIVERSION void leaky(const float* in, float* out, std::size_t size, float slope) {
  for (std::size_t i = 0; i < size; ++i) out[i] = in[i] <= 0 ? slope * in[i] : in[i];
}

DK_MULTIVERSION void leaky_backward(const float* outputs, const float* gradient, float* in_gradient,
                                    std::size_t size, float slope) {
  for (std::size_t i = 0; i < size; ++i) {
    in_gradient[i] = outputs[i] <= 0 ? slope * gradient[i] : gradient[i];
  }
}

DK_MULTIVERSION void bounded(const float* in, float* out, std::size_t size, float slope,
                             float threshold, float max_value) {
  for (std::size_t i = 0; i < size; ++i) {
    const float x = in[i] <= threshold ? slope * (in[i] - threshold) : in[i];
    out[i] = in[i] >= max_value ? max_value : x;
  }
}

DK_MULTIVERSION void bounded_backward(const float* in, const float* gradient, float* in_gradient,
                                      std::size_t size, float slope, float threshold,
                                      float max_value) {
  for (std::size_t i = 0; i < size; ++i) {
    const float below = in[i] <= threshold ? slope * gradient[i] : gradient[i];
    in_gradient[i] = in[i] >= max_value ? 0 : below;
  }
}

DK_MULTIVERSION void thresholded(const float* in, float* out, std::size_t size, float theta) {
  for (std::size_t i = 0; i < size; ++i) out[i] = in[i] <= theta ? 0 : in[i];
}

}  // namespace

Relu::Relu(ConfigReader& config)
    : negative_slope_(config.number("negative_slope", 0, 0, kLargest)),
      threshold_(config.number("threshold", 0, 0, kLargest)) {
  const nlohmann::json* max_value = config.find("max_value");
  if (max_value != nullptr && !max_value->is_null()) {
    max_value_ = config.number("max_value", 0, 0, kLargest);
  }
}

nlohmann::json Relu::config() const {
  return {{"max_value", std::isinf(max_value_) ? nlohmann::json() : nlohmann::json(max_value_)},
          {"negative_slope", negative_slope_},
          {"threshold", threshold_}};
}

Result<Shape> Relu::build(const Shape& input, const BuildContext& /*context*/) {
  DK_TRY_ASSIGN(size_, element_count(input));
  return input;
}

Placement Relu::placement() const {
  if (std::isinf(max_value_) && threshold_ == 0) return kFromOutputs;
  return {.forward_in_place = true,
          .backward_in_place = true,
          .keeps_inputs = true,
          .keeps_outputs = false};
}

void Relu::forward(const ForwardPass& pass) {
  const auto slope = static_cast<float>(negative_slope_);
  if (std::isinf(max_value_) && slope == 0) {
    thresholded(pass.in(), pass.out(), pass.n * size_, static_cast<float>(threshold_));
  } else if (std::isinf(max_value_) && threshold_ == 0) {
    leaky(pass.in(), pass.out(), pass.n * size_, slope);
  } else {
    bounded(pass.in(), pass.out(), pass.n * size_, slope, static_cast<float>(threshold_),
            static_cast<float>(max_value_));
  }
}

void Relu::backward(const BackwardPass& pass) {
  if (pass.in_gradient() == nullptr) return;
  const auto slope = static_cast<float>(negative_slope_);
  if (std::isinf(max_value_) && threshold_ == 0) {
    leaky_backward(pass.out(), pass.out_gradient(), pass.in_gradient(), pass.n * size_, slope);
  } else {
    bounded_backward(pass.in(), pass.out_gradient(), pass.in_gradient(), pass.n * size_, slope,
                     static_cast<float>(threshold_), static_cast<float>(max_value_));
  }
}

LeakyRelu::LeakyRelu(ConfigReader& config) : alpha_(config.number("alpha", 0.3, 0, kLargest)) {
  const bool has_alpha = config.find("alpha") != nullptr;
  const double slope = config.number("negative_slope", alpha_, 0, kLargest);
  if (has_alpha && slope != alpha_) {
    config.problem(
        fmt::format("alpha is {} and negative_slope, its other name, is {}", alpha_, slope));
  }
  alpha_ = slope;
}

Result<Shape> LeakyRelu::build(const Shape& input, const BuildContext& /*context*/) {
  DK_TRY_ASSIGN(size_, element_count(input));
  return input;
}

Placement LeakyRelu::placement() const {
  return kFromOutputs;
}

void LeakyRelu::forward(const ForwardPass& pass) {
  leaky(pass.in(), pass.out(), pass.n * size_, static_cast<float>(alpha_));
}

void LeakyRelu::backward(const BackwardPass& pass) {
  if (pass.in_gradient() == nullptr) return;
  leaky_backward(pass.out(), pass.out_gradient(), pass.in_gradient(), pass.n * size_,
                 static_cast<float>(alpha_));
}

ThresholdedRelu::ThresholdedRelu(ConfigReader& config)
    : theta_(config.number("theta", 1, 0, kLargest)) {}

Result<Shape> ThresholdedRelu::build(const Shape& input, const BuildContext& /*context*/) {
  DK_TRY_ASSIGN(size_, element_count(input));
  return input;
}

Placement ThresholdedRelu::placement() const {
  return kFromOutputs;
}

void ThresholdedRelu::forward(const ForwardPass& pass) {
  thresholded(pass.in(), pass.out(), pass.n * size_, static_cast<float>(theta_));
}

void ThresholdedRelu::backward(const BackwardPass& pass) {
  if (pass.in_gradient() == nullptr) return;
  leaky_backward(pass.out(), pass.out_gradient(), pass.in_gradient(), pass.n * size_, 0);
}

}  // namespace dk::model
