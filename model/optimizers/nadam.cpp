// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/optimizers/nadam.hpp"

#include "base/multiversion.hpp"

#include <algorithm>
#include <cmath>

namespace dk::model {
namespace {

struct Rates {
  float m;
  float g;
  float v;
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
    p[i] = intake.parameter(p[i]) -
           (rates.m * m[i] + rates.g * gradient) / (std::sqrt(v[i] * rates.v) + rates.epsilon);
  }
}

}  // namespace

Nadam::Nadam(ConfigReader& reader)
    : Optimizer({{"m", "m", "momentum"}, {"v", "v", "velocity"}}, 1),
      beta_1_(reader.number("beta_1", 0.9, 0, 1)),
      beta_2_(reader.number("beta_2", 0.999, 0, 1)),
      epsilon_(read_epsilon(reader)),
      schedule_decay_(reader.number("schedule_decay", 1, 0, 1e6)) {}

void Nadam::rename_decay(nlohmann::json& config) {
  const auto decay = config.find("decay");
  if (decay == config.end() || config.contains("schedule_decay")) return;
  nlohmann::json value = std::move(*decay);
  config.erase("decay");
  config["schedule_decay"] = std::move(value);
}

nlohmann::json Nadam::arguments() const {
  nlohmann::json config = {{"beta_1", beta_1_}, {"beta_2", beta_2_}, {"epsilon", epsilon_}};
  if (schedule_decay_ != 1) config["schedule_decay"] = schedule_decay_;
  return config;
}

double Nadam::u(std::uint64_t step) const {
  return beta_1_ * (1 - 0.5 * std::pow(0.96, static_cast<double>(step) * schedule_decay_));
}

void Nadam::reset() {
  extras()[0] = 1;
}

void Nadam::after_set_steps(std::uint64_t steps) {
  // Beyond these the product counts no longer, or the factors hardly change.
  constexpr double kNothing = 1e-30;
  constexpr std::uint64_t kMostFactors = 100'000;
  const std::uint64_t factors = std::min(steps, kMostFactors);
  double product = 1;
  for (std::uint64_t t = 1; t <= factors && product > kNothing; ++t) product *= u(t);
  product *= std::pow(u(factors), static_cast<double>(steps - factors));
  extras()[0] = static_cast<float>(product);
}

void Nadam::begin(double learning_rate, std::uint64_t step) {
  float& product = extras()[0];
  product = static_cast<float>(product * u(step));
  m_rate_ = static_cast<float>(learning_rate * u(step + 1) / (1 - product * u(step + 1)));
  g_rate_ = static_cast<float>(learning_rate * (1 - u(step)) / (1 - product));
  v_scale_ = static_cast<float>(1 / (1 - std::pow(beta_2_, static_cast<double>(step))));
}

void Nadam::update(const UpdateRange& range) {
  const Rates rates{m_rate_,
                    g_rate_,
                    v_scale_,
                    static_cast<float>(1 - beta_1_),
                    static_cast<float>(1 - beta_2_),
                    static_cast<float>(epsilon_)};
  descend(range.parameters, range.gradients, slot_data(0, range), slot_data(1, range), range.size,
          range.intake, rates);
}

}  // namespace dk::model
