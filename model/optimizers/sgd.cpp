// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/optimizers/sgd.hpp"

#include "base/multiversion.hpp"

namespace dk::model {
namespace {

DK_MULTIVERSION void descend(float* __restrict p, const float* __restrict g, std::size_t size,
                             GradientIntake intake, float rate) {
  for (std::size_t i = 0; i < size; ++i) {
    p[i] = intake.parameter(p[i]) - rate * intake.gradient(g[i]);
  }
}

DK_MULTIVERSION void descend_with_momentum(float* __restrict p, const float* __restrict g,
                                           float* __restrict v, std::size_t size,
                                           GradientIntake intake, float rate, float momentum) {
  for (std::size_t i = 0; i < size; ++i) {
    v[i] = momentum * v[i] - rate * intake.gradient(g[i]);
    p[i] = intake.parameter(p[i]) + v[i];
  }
}

DK_MULTIVERSION void descend_with_nesterov(float* __restrict p, const float* __restrict g,
                                           float* __restrict v, std::size_t size,
                                           GradientIntake intake, float rate, float momentum) {
  for (std::size_t i = 0; i < size; ++i) {
    const float change = rate * intake.gradient(g[i]);
    v[i] = momentum * v[i] - change;
    p[i] = intake.parameter(p[i]) + (momentum * v[i] - change);
  }
}

std::vector<SlotName> slots(bool momentum) {
  if (!momentum) return {};
  return {{"momentum", "m", "momentum"}};
}

}  // namespace

Sgd::Sgd(ConfigReader& reader)
    : Optimizer(slots(reader.number("momentum", 0, 0, 1) > 0)),
      momentum_(reader.number("momentum", 0, 0, 1)),
      nesterov_(reader.boolean("nesterov", false)) {}

nlohmann::json Sgd::arguments() const {
  return {{"momentum", momentum_}, {"nesterov", nesterov_}};
}

void Sgd::begin(double learning_rate, std::uint64_t) {
  rate_ = static_cast<float>(learning_rate);
}

void Sgd::update(const UpdateRange& range) {
  const auto momentum = static_cast<float>(momentum_);
  if (momentum_ == 0) {
    descend(range.parameters, range.gradients, range.size, range.intake, rate_);
    return;
  }
  const auto kernel = nesterov_ ? descend_with_nesterov : descend_with_momentum;
  kernel(range.parameters, range.gradients, slot_data(0, range), range.size, range.intake, rate_,
         momentum);
}

}  // namespace dk::model
