// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/optimizers/adadelta.hpp"

#include "base/multiversion.hpp"

#include <cmath>

namespace dk::model {
namespace {

struct Rates {
  float step;
  float rho;
  float gain;
  float epsilon;
};

DK_MULTIVERSION void descend(float* __restrict p, const float* __restrict g, float* __restrict a,
                             float* __restrict d, std::size_t size, GradientIntake intake,
                             Rates rates) {
  for (std::size_t i = 0; i < size; ++i) {
    const float gradient = intake.gradient(g[i]);
    a[i] = rates.rho * a[i] + rates.gain * gradient * gradient;
    const float change =
        std::sqrt(d[i] + rates.epsilon) * gradient / std::sqrt(a[i] + rates.epsilon);
    d[i] = rates.rho * d[i] + rates.gain * change * change;
    p[i] = intake.parameter(p[i]) - rates.step * change;
  }
}

}  // namespace

Adadelta::Adadelta(ConfigReader& reader)
    : Optimizer({{"accum_grad", "accumulated_grad", "accumulated_grad"},
                 {"accum_var", "accumulated_delta_var", "accumulated_delta_var"}}),
      rho_(reader.number("rho", 0.95, 0, 1)),
      epsilon_(read_epsilon(reader)) {}

nlohmann::json Adadelta::arguments() const {
  return {{"rho", rho_}, {"epsilon", epsilon_}};
}

void Adadelta::begin(double learning_rate, std::uint64_t) {
  rate_ = static_cast<float>(learning_rate);
}

void Adadelta::update(const UpdateRange& range) {
  const Rates rates{rate_, static_cast<float>(rho_), static_cast<float>(1 - rho_),
                    static_cast<float>(epsilon_)};
  descend(range.parameters, range.gradients, slot_data(0, range), slot_data(1, range), range.size,
          range.intake, rates);
}

}  // namespace dk::model
