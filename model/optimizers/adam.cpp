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
                             float* __restrict v, std::size_t size, GradientIntake intake,
                             Rates rates) {
  for (std::size_t i = 0; i < size; ++i) {
    const float gradient = intake.gradient(g[i]);
    m[i] += (gradient - m[i]) * rates.gain_1;
    v[i] += (gradient * gradient - v[i]) * rates.gain_2;
    p[i] = intake.parameter(p[i]) - rates.step * m[i] / (std::sqrt(v[i]) + rates.epsilon);
  }
}

DK_MULTIVERSION void descend_amsgrad(float* __restrict p, const float* __restrict g,
                                     float* __restrict m, float* __restrict v, float* __restrict h,
                                     std::size_t size, GradientIntake intake, Rates rates) {
  for (std::size_t i = 0; i < size; ++i) {
    const float gradient = intake.gradient(g[i]);
    m[i] += (gradient - m[i]) * rates.gain_1;
    v[i] += (gradient * gradient - v[i]) * rates.gain_2;
    h[i] = h[i] > v[i] ? h[i] : v[i];
    p[i] = intake.parameter(p[i]) - rates.step * m[i] / (std::sqrt(h[i]) + rates.epsilon);
  }
}

std::vector<SlotName> slots(bool amsgrad) {
  std::vector<SlotName> names{{"m", "m", "momentum"}, {"v", "v", "velocity"}};
  if (amsgrad) names.push_back({"vhat", "vhat", "velocity_hat"});
  return names;
}

}  // namespace

Adam::Adam(ConfigReader& reader)
    : Optimizer(slots(reader.boolean("amsgrad", false))),
      beta_1_(reader.number("beta_1", 0.9, 0, 1)),
      beta_2_(reader.number("beta_2", 0.999, 0, 1)),
      epsilon_(read_epsilon(reader)),
      amsgrad_(reader.boolean("amsgrad", false)) {}

nlohmann::json Adam::arguments() const {
  return {{"beta_1", beta_1_}, {"beta_2", beta_2_}, {"epsilon", epsilon_}, {"amsgrad", amsgrad_}};
}

void Adam::begin(double learning_rate, std::uint64_t step) {
  const auto t = static_cast<double>(step);
  rate_ = static_cast<float>(learning_rate * std::sqrt(1 - std::pow(beta_2_, t)) /
                             (1 - std::pow(beta_1_, t)));
}

void Adam::update(const UpdateRange& range) {
  const Rates rates{rate_, static_cast<float>(1 - beta_1_), static_cast<float>(1 - beta_2_),
                    static_cast<float>(epsilon_)};
  float* const m = slot_data(0, range);
  float* const v = slot_data(1, range);
  if (amsgrad_) {
    descend_amsgrad(range.parameters, range.gradients, m, v, slot_data(2, range), range.size,
                    range.intake, rates);
  } else {
    descend(range.parameters, range.gradients, m, v, range.size, range.intake, rates);
  }
}

}  // namespace dk::model
