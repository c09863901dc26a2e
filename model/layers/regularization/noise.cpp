// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/regularization/noise.hpp"

#include "model/layers/axes.hpp"
#include "model/layers/regularization/draws.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dk::model {
namespace {

constexpr double kLargest = std::numeric_limits<float>::max();

constexpr Placement kElementwise{.forward_in_place = true,
                                 .backward_in_place = true,
                                 .keeps_inputs = false,
                                 .keeps_outputs = false};

}  // namespace

GaussianNoise::GaussianNoise(ConfigReader& config)
    : stddev_(config.number("stddev", 0, 0, kLargest)), seed_(config.seed()) {
  if (config.find("stddev") == nullptr) config.problem("stddev is missing");
}

nlohmann::json GaussianNoise::config() const {
  return {{"stddev", stddev_}, {"seed", seed_ ? nlohmann::json(*seed_) : nlohmann::json()}};
}

Result<Shape> GaussianNoise::build(const Shape& input, const BuildContext& /*context*/) {
  DK_TRY_ASSIGN(size_, element_count(input));
  return input;
}

Placement GaussianNoise::placement() const {
  return kElementwise;
}

void GaussianNoise::forward(const ForwardPass& pass) {
  const std::size_t size = pass.n * size_;
  if (!pass.training || stddev_ == 0) return copy_unless_same(pass.in(), pass.out(), size);
  const auto stddev = static_cast<float>(stddev_);
  float noise[kNormalBlock];
  for (std::size_t start = 0; start < size; start += kNormalBlock) {
    draw_normals(layer_stream(pass.seed, seed_), start / kNormalBlock, noise);
    const std::size_t count = std::min(kNormalBlock, size - start);
    for (std::size_t i = 0; i < count; ++i) {
      pass.out()[start + i] = pass.in()[start + i] + stddev * noise[i];
    }
  }
}

void GaussianNoise::backward(const BackwardPass& pass) {
  if (pass.in_gradient() == nullptr) return;
  copy_unless_same(pass.out_gradient(), pass.in_gradient(), pass.n * size_);
}

GaussianDropout::GaussianDropout(ConfigReader& config)
    : rate_(config.number("rate", 0, 0, 1)), seed_(config.seed()) {
  if (config.find("rate") == nullptr) config.problem("rate is missing");
}

nlohmann::json GaussianDropout::config() const {
  return {{"rate", rate_}, {"seed", seed_ ? nlohmann::json(*seed_) : nlohmann::json()}};
}

Result<Shape> GaussianDropout::build(const Shape& input, const BuildContext& /*context*/) {
  DK_TRY_ASSIGN(size_, element_count(input));
  return input;
}

Placement GaussianDropout::placement() const {
  return kElementwise;
}

void GaussianDropout::multiply_noise(const float* in, float* out, std::size_t size,
                                     std::uint64_t seed) const {
  if (rate_ == 0) return copy_unless_same(in, out, size);
  const auto stddev = static_cast<float>(std::sqrt(rate_ / (1 - rate_)));
  float noise[kNormalBlock];
  for (std::size_t start = 0; start < size; start += kNormalBlock) {
    draw_normals(seed, start / kNormalBlock, noise);
    const std::size_t count = std::min(kNormalBlock, size - start);
    for (std::size_t i = 0; i < count; ++i) {
      out[start + i] = in[start + i] * (1 + stddev * noise[i]);
    }
  }
}

void GaussianDropout::forward(const ForwardPass& pass) {
  if (!pass.training) return copy_unless_same(pass.in(), pass.out(), pass.n * size_);
  multiply_noise(pass.in(), pass.out(), pass.n * size_, layer_stream(pass.seed, seed_));
}

void GaussianDropout::backward(const BackwardPass& pass) {
  if (pass.in_gradient() == nullptr) return;
  multiply_noise(pass.out_gradient(), pass.in_gradient(), pass.n * size_,
                 layer_stream(pass.seed, seed_));
}

}  // namespace dk::model
