// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/optimizers/adagrad.hpp"

#include "base/multiversion.hpp"

#include <algorithm>
#include <cmath>

namespace dk::model {
namespace {

DK_MULTIVERSION void descend(float* __restrict p, const float* __restrict g, float* __restrict a,
                             std::size_t size, GradientIntake intake, float rate, float epsilon) {
  for (std::size_t i = 0; i < size; ++i) {
    const float gradient = intake.gradient(g[i]);
    a[i] += gradient * gradient;
    p[i] = intake.parameter(p[i]) - rate * gradient / std::sqrt(a[i] + epsilon);
  }
}

}  // namespace

Adagrad::Adagrad(ConfigReader& reader)
    : Optimizer({{"accumulator", "accumulator", "accumulator"}}),
      initial_accumulator_value_(reader.number("initial_accumulator_value", 0.1, 0, 1e30)),
      epsilon_(read_epsilon(reader)) {}

nlohmann::json Adagrad::arguments() const {
  return {{"initial_accumulator_value", initial_accumulator_value_}, {"epsilon", epsilon_}};
}

void Adagrad::reset() {
  std::ranges::fill(slot(0), static_cast<float>(initial_accumulator_value_));
}

void Adagrad::begin(double learning_rate, std::uint64_t) {
  rate_ = static_cast<float>(learning_rate);
}

void Adagrad::update(const UpdateRange& range) {
  descend(range.parameters, range.gradients, slot_data(0, range), range.size, range.intake, rate_,
          static_cast<float>(epsilon_));
}

}  // namespace dk::model
