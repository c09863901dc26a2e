// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/schedules/cosine.hpp"

#include "model/keras_object.hpp"
#include "model/schedules/decay.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace dk::model {
namespace {

constexpr const char* kModule = "keras.optimizers.schedules";
constexpr double kLargestFactor = 1e6;

double half_wave(double part) {
  return 0.5 * (1 + std::cos(std::numbers::pi * part));
}

}  // namespace

CosineDecay::CosineDecay(ConfigReader& config)
    : initial_(read_rate(config, "initial_learning_rate")),
      decay_steps_(read_steps(config, "decay_steps")),
      alpha_(config.number("alpha", 0, 0, kLargestFactor)),
      warmup_steps_(config.number("warmup_steps", 0, 0, kMostSteps)) {
  const nlohmann::json* target = config.find("warmup_target");
  if (target == nullptr || target->is_null()) return;
  warmup_target_ = config.number("warmup_target", 0, 0, kLargestRate);
}

nlohmann::json CosineDecay::config() const {
  return keras_object(
      kModule, "CosineDecay",
      {{"initial_learning_rate", initial_},
       {"decay_steps", decay_steps_},
       {"alpha", alpha_},
       {"name", "CosineDecay"},
       {"warmup_target", warmup_target_ ? nlohmann::json(*warmup_target_) : nlohmann::json()},
       {"warmup_steps", warmup_steps_}});
}

double CosineDecay::value(double step) const {
  double from = initial_;
  if (warmup_target_) {
    from = *warmup_target_;
    if (step < warmup_steps_) return initial_ + (from - initial_) * step / warmup_steps_;
    step -= warmup_steps_;
  }
  const double wave = half_wave(std::min(step, decay_steps_) / decay_steps_);
  return from * ((1 - alpha_) * wave + alpha_);
}

CosineDecayRestarts::CosineDecayRestarts(ConfigReader& config)
    : initial_(read_rate(config, "initial_learning_rate")),
      first_decay_steps_(read_steps(config, "first_decay_steps")),
      t_mul_(config.number("t_mul", 2, 1, kLargestFactor)),
      m_mul_(config.number("m_mul", 1, 0, kLargestFactor)),
      alpha_(config.number("alpha", 0, 0, kLargestFactor)) {}

nlohmann::json CosineDecayRestarts::config() const {
  return keras_object(kModule, "CosineDecayRestarts",
                      {{"initial_learning_rate", initial_},
                       {"first_decay_steps", first_decay_steps_},
                       {"t_mul", t_mul_},
                       {"m_mul", m_mul_},
                       {"alpha", alpha_},
                       {"name", "SGDRDecay"}});
}

double CosineDecayRestarts::value(double step) const {
  double part = step / first_decay_steps_;
  double restart = 0;
  if (t_mul_ == 1) {
    restart = std::floor(part);
    part -= restart;
  } else {
    // The rounding of a logarithm must not put the first step of a period before its start.
    constexpr double kRounding = 1e-12;
    restart = std::floor(std::log1p(part * (t_mul_ - 1)) / std::log(t_mul_) + kRounding);
    const double length = std::pow(t_mul_, restart);
    part = std::max(0.0, (part - (length - 1) / (t_mul_ - 1)) / length);
  }
  const double wave = std::pow(m_mul_, restart) * half_wave(part);
  return initial_ * ((1 - alpha_) * wave + alpha_);
}

}  // namespace dk::model
