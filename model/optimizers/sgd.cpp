// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/optimizers/sgd.hpp"

#include "base/multiversion.hpp"

namespace dk::model {
namespace {

DK_MULTIVERSION void descend(float* __restrict p, const float* __restrict g, std::size_t size,
                             float rate) {
  for (std::size_t i = 0; i < size; ++i) p[i] -= rate * g[i];
}

DK_MULTIVERSION void descend_with_momentum(float* __restrict p, const float* __restrict g,
                                           float* __restrict v, std::size_t size, float rate,
                                           float momentum) {
  for (std::size_t i = 0; i < size; ++i) {
    v[i] = momentum * v[i] - rate * g[i];
    p[i] += v[i];
  }
}

DK_MULTIVERSION void descend_with_nesterov(float* __restrict p, const float* __restrict g,
                                           float* __restrict v, std::size_t size, float rate,
                                           float momentum) {
  for (std::size_t i = 0; i < size; ++i) {
    const float change = rate * g[i];
    v[i] = momentum * v[i] - change;
    p[i] += momentum * v[i] - change;
  }
}

}  // namespace

SgdConfig SgdConfig::read(ConfigReader& reader) {
  constexpr double kLargestRate = 1e6;
  SgdConfig config;
  config.learning_rate = reader.number("learning_rate", config.learning_rate, 0, kLargestRate);
  config.momentum = reader.number("momentum", config.momentum, 0, 1);
  config.nesterov = reader.boolean("nesterov", config.nesterov);
  return config;
}

Sgd::Sgd(const SgdConfig& config, std::size_t parameter_count, FloatBuffer state)
    : Optimizer(parameter_count, std::move(state)), config_(config) {}

std::size_t Sgd::state_size(const SgdConfig& config, std::size_t parameter_count) {
  return (config.momentum > 0 ? parameter_count : 0) + kCounterFloats;
}

void Sgd::step(std::span<float> parameters, std::span<const float> gradients) {
  check_sizes(parameters, gradients);
  next_step();
  const auto rate = static_cast<float>(config_.learning_rate);
  const auto momentum = static_cast<float>(config_.momentum);
  if (momentum == 0) {
    descend(parameters.data(), gradients.data(), gradients.size(), rate);
  } else if (config_.nesterov) {
    descend_with_nesterov(parameters.data(), gradients.data(), slot(0), gradients.size(), rate,
                          momentum);
  } else {
    descend_with_momentum(parameters.data(), gradients.data(), slot(0), gradients.size(), rate,
                          momentum);
  }
}

}  // namespace dk::model
