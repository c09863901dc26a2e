// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/optimizers/ftrl.hpp"

#include "base/multiversion.hpp"

#include <algorithm>
#include <cmath>

namespace dk::model {
namespace {

constexpr double kLargest = 1e30;

struct Rates {
  float inverse_rate;
  float power;
  float l1;
  float l2;  ///< 2 * l2 + beta / lr
  float shrinkage;
};

struct Place {
  float p;
  float a;
  float z;
};

/// `b`, and its and a's power.
inline Place moved(Place at, float g, float b, float b_power, float a_power, const Rates& rates) {
  const float shrunk = g + rates.shrinkage * at.p;
  const float z = at.z + (shrunk - (b_power - a_power) * rates.inverse_rate * at.p);
  const float upper = z > rates.l1 ? rates.l1 : z;
  const float clipped = upper < -rates.l1 ? -rates.l1 : upper;
  return {(clipped - z) / (b_power * rates.inverse_rate + rates.l2), b, z};
}

DK_MULTIVERSION void descend_by_root(float* __restrict p, const float* __restrict g,
                                     float* __restrict a, float* __restrict z, std::size_t size,
                                     GradientIntake intake, Rates rates) {
  for (std::size_t i = 0; i < size; ++i) {
    const float gradient = intake.gradient(g[i]);
    const float b = a[i] + gradient * gradient;
    const Place to = moved({intake.parameter(p[i]), a[i], z[i]}, gradient, b, std::sqrt(b),
                           std::sqrt(a[i]), rates);
    p[i] = to.p;
    a[i] = to.a;
    z[i] = to.z;
  }
}

void descend(float* __restrict p, const float* __restrict g, float* __restrict a,
             float* __restrict z, std::size_t size, GradientIntake intake, Rates rates) {
  for (std::size_t i = 0; i < size; ++i) {
    const float gradient = intake.gradient(g[i]);
    const float b = a[i] + gradient * gradient;
    const Place to = moved({intake.parameter(p[i]), a[i], z[i]}, gradient, b,
                           std::pow(b, rates.power), std::pow(a[i], rates.power), rates);
    p[i] = to.p;
    a[i] = to.a;
    z[i] = to.z;
  }
}

double read_power(ConfigReader& reader) {
  constexpr double kDefault = -0.5;
  const double power = reader.number("learning_rate_power", kDefault, -kLargest, kLargest);
  if (power <= 0) return power;
  reader.problem(fmt::format("learning_rate_power is {}; it must not be above 0", power));
  return kDefault;
}

double read_strength(ConfigReader& reader, std::string_view key) {
  return reader.number(key, 0, 0, kLargest);
}

}  // namespace

Ftrl::Ftrl(ConfigReader& reader)
    : Optimizer({{"accumulator", "accumulator", "accumulator"}, {"linear", "linear", "linear"}}),
      power_(read_power(reader)),
      initial_accumulator_value_(reader.number("initial_accumulator_value", 0.1, 0, kLargest)),
      l1_(read_strength(reader, "l1_regularization_strength")),
      l2_(read_strength(reader, "l2_regularization_strength")),
      l2_shrinkage_(read_strength(reader, "l2_shrinkage_regularization_strength")),
      beta_(read_strength(reader, "beta")) {}

nlohmann::json Ftrl::arguments() const {
  return {{"learning_rate_power", power_},
          {"initial_accumulator_value", initial_accumulator_value_},
          {"l1_regularization_strength", l1_},
          {"l2_regularization_strength", l2_},
          {"l2_shrinkage_regularization_strength", l2_shrinkage_},
          {"beta", beta_}};
}

void Ftrl::reset() {
  std::ranges::fill(slot(0), static_cast<float>(initial_accumulator_value_));
}

void Ftrl::begin(double learning_rate, std::uint64_t) {
  learning_rate_ = learning_rate;
}

void Ftrl::update(const UpdateRange& range) {
  const Rates rates{static_cast<float>(1 / learning_rate_), static_cast<float>(-power_),
                    static_cast<float>(l1_), static_cast<float>(2 * l2_ + beta_ / learning_rate_),
                    static_cast<float>(2 * l2_shrinkage_)};
  const auto kernel = power_ == -0.5 ? descend_by_root : descend;
  kernel(range.parameters, range.gradients, slot_data(0, range), slot_data(1, range), range.size,
         range.intake, rates);
}

}  // namespace dk::model
