// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/optimizers/adamax.hpp"

#include "base/multiversion.hpp"

#include <cmath>

namespace dk::model {
namespace {

struct Rates {
  float step;
  float gain_1;
  float beta_2;
  float epsilon;
};

DK_MULTIVERSION void descend(float* __restrict p, const float* __restrict g, float* __restrict m,
                             float* __restrict u, std::size_t size, GradientIntake intake,
                             Rates rates) {
  for (std::size_t i = 0; i < size; ++i) {
    const float gradient = intake.gradient(g[i]);
    m[i] += (gradient - m[i]) * rates.gain_1;
    const float faded = rates.beta_2 * u[i];
    const float magnitude = std::fabs(gradient);
    u[i] = faded > magnitude ? faded : magnitude;
    p[i] = intake.parameter(p[i]) - rates.step * m[i] / (u[i] + rates.epsilon);
  }
}

}  // namespace

Adamax::Adamax(ConfigReader& reader)
    : Optimizer({{"m", "m", "momentum"}, {"v", "u", "norm"}}),
      beta_1_(reader.number("beta_1", 0.9, 0, 1)),
      beta_2_(reader.number("beta_2", 0.999, 0, 1)),
      epsilon_(read_epsilon(reader)) {}

nlohmann::json Adamax::arguments() const {
  return {{"beta_1", beta_1_}, {"beta_2", beta_2_}, {"epsilon", epsilon_}};
}

void Adamax::begin(double learning_rate, std::uint64_t step) {
  rate_ = static_cast<float>(learning_rate / (1 - std::pow(beta_1_, static_cast<double>(step))));
}

void Adamax::update(const UpdateRange& range) {
  const Rates rates{rate_, static_cast<float>(1 - beta_1_), static_cast<float>(beta_2_),
                    static_cast<float>(epsilon_)};
  descend(range.parameters, range.gradients, slot_data(0, range), slot_data(1, range), range.size,
          range.intake, rates);
}

}  // namespace dk::model
