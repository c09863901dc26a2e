// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/optimizers/rmsprop.hpp"

#include "base/multiversion.hpp"

#include <cmath>

namespace dk::model {
namespace {

struct Rates {
  float step;
  float rho;
  float gain;
  float epsilon;
  float momentum;
};

DK_MULTIVERSION void descend(float* __restrict p, const float* __restrict g, float* __restrict v,
                             std::size_t size, GradientIntake intake, Rates rates) {
  for (std::size_t i = 0; i < size; ++i) {
    const float gradient = intake.gradient(g[i]);
    v[i] = rates.rho * v[i] + rates.gain * gradient * gradient;
    p[i] = intake.parameter(p[i]) - rates.step * gradient / std::sqrt(v[i] + rates.epsilon);
  }
}

DK_MULTIVERSION void descend_with_momentum(float* __restrict p, const float* __restrict g,
                                           float* __restrict v, float* __restrict b,
                                           std::size_t size, GradientIntake intake, Rates rates) {
  for (std::size_t i = 0; i < size; ++i) {
    const float gradient = intake.gradient(g[i]);
    v[i] = rates.rho * v[i] + rates.gain * gradient * gradient;
    b[i] = rates.momentum * b[i] + rates.step * gradient / std::sqrt(v[i] + rates.epsilon);
    p[i] = intake.parameter(p[i]) - b[i];
  }
}

DK_MULTIVERSION void descend_centered(float* __restrict p, const float* __restrict g,
                                      float* __restrict v, float* __restrict a, std::size_t size,
                                      GradientIntake intake, Rates rates) {
  for (std::size_t i = 0; i < size; ++i) {
    const float gradient = intake.gradient(g[i]);
    v[i] = rates.rho * v[i] + rates.gain * gradient * gradient;
    a[i] = rates.rho * a[i] + rates.gain * gradient;
    const float root = std::sqrt(v[i] - a[i] * a[i] + rates.epsilon);
    p[i] = intake.parameter(p[i]) - rates.step * gradient / root;
  }
}

DK_MULTIVERSION void descend_centered_with_momentum(float* __restrict p, const float* __restrict g,
                                                    float* __restrict v, float* __restrict b,
                                                    float* __restrict a, std::size_t size,
                                                    GradientIntake intake, Rates rates) {
  for (std::size_t i = 0; i < size; ++i) {
    const float gradient = intake.gradient(g[i]);
    v[i] = rates.rho * v[i] + rates.gain * gradient * gradient;
    a[i] = rates.rho * a[i] + rates.gain * gradient;
    const float root = std::sqrt(v[i] - a[i] * a[i] + rates.epsilon);
    b[i] = rates.momentum * b[i] + rates.step * gradient / root;
    p[i] = intake.parameter(p[i]) - b[i];
  }
}

double read_momentum(ConfigReader& reader) {
  return reader.number("momentum", 0, 0, 1);
}

std::vector<SlotName> slots(bool momentum, bool centered) {
  std::vector<SlotName> names{{"rms", "velocity", "velocity"}};
  if (momentum) names.push_back({"momentum", "momentum", "momentum"});
  if (centered) names.push_back({"mg", "average_gradient", "average_gradient"});
  return names;
}

}  // namespace

RmsProp::RmsProp(ConfigReader& reader)
    : Optimizer(slots(read_momentum(reader) > 0, reader.boolean("centered", false))),
      rho_(reader.number("rho", 0.9, 0, 1)),
      momentum_(read_momentum(reader)),
      epsilon_(read_epsilon(reader)),
      centered_(reader.boolean("centered", false)) {}

nlohmann::json RmsProp::arguments() const {
  return {{"rho", rho_}, {"momentum", momentum_}, {"epsilon", epsilon_}, {"centered", centered_}};
}

void RmsProp::begin(double learning_rate, std::uint64_t) {
  rate_ = static_cast<float>(learning_rate);
}

void RmsProp::update(const UpdateRange& range) {
  const Rates rates{rate_, static_cast<float>(rho_), static_cast<float>(1 - rho_),
                    static_cast<float>(epsilon_), static_cast<float>(momentum_)};
  float* const p = range.parameters;
  const float* const g = range.gradients;
  float* const v = slot_data(0, range);
  if (momentum_ > 0 && centered_) {
    descend_centered_with_momentum(p, g, v, slot_data(1, range), slot_data(2, range), range.size,
                                   range.intake, rates);
  } else if (momentum_ > 0) {
    descend_with_momentum(p, g, v, slot_data(1, range), range.size, range.intake, rates);
  } else if (centered_) {
    descend_centered(p, g, v, slot_data(1, range), range.size, range.intake, rates);
  } else {
    descend(p, g, v, range.size, range.intake, rates);
  }
}

}  // namespace dk::model
