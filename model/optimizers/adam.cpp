// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/optimizers/adam.hpp"

#include "base/multiversion.hpp"

#include <cmath>

namespace dk::model {
namespace {

struct Rates {
  float step;
  float gain_1;
  float gain_2;
  float epsilon;
};

DK_MULTIVERSION void descend(float* __restrict p, const float* __restrict g, float* __restrict m,
                             float* __restrict v, std::size_t size, Rates rates) {
  for (std::size_t i = 0; i < size; ++i) {
    m[i] += (g[i] - m[i]) * rates.gain_1;
    v[i] += (g[i] * g[i] - v[i]) * rates.gain_2;
    p[i] -= rates.step * m[i] / (std::sqrt(v[i]) + rates.epsilon);
  }
}

}  // namespace

AdamConfig AdamConfig::read(ConfigReader& reader) {
  constexpr double kLargestRate = 1e6;
  AdamConfig config;
  config.learning_rate = reader.number("learning_rate", config.learning_rate, 0, kLargestRate);
  config.beta_1 = reader.number("beta_1", config.beta_1, 0, 1);
  config.beta_2 = reader.number("beta_2", config.beta_2, 0, 1);
  config.epsilon = reader.number("epsilon", config.epsilon, 0, 1);
  return config;
}

Adam::Adam(const AdamConfig& config, std::size_t parameter_count, FloatBuffer state)
    : Optimizer(parameter_count, std::move(state)), config_(config) {}

std::size_t Adam::state_size(const AdamConfig&, std::size_t parameter_count) {
  return 2 * parameter_count + kCounterFloats;
}

void Adam::step(std::span<float> parameters, std::span<const float> gradients) {
  check_sizes(parameters, gradients);
  const auto t = static_cast<double>(next_step());
  const double step = config_.learning_rate * std::sqrt(1 - std::pow(config_.beta_2, t)) /
                      (1 - std::pow(config_.beta_1, t));
  const Rates rates{static_cast<float>(step), static_cast<float>(1 - config_.beta_1),
                    static_cast<float>(1 - config_.beta_2), static_cast<float>(config_.epsilon)};
  descend(parameters.data(), gradients.data(), slot(0), slot(1), gradients.size(), rates);
}

}  // namespace dk::model
