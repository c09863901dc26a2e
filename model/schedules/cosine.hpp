// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/config_reader.hpp"
#include "model/schedules/schedule.hpp"

#include <optional>

namespace dk::model {

/// Keras' CosineDecay (Loshchilov and Hutter, 2017): from * ((1 - alpha) * (1 + cos(pi * p)) / 2 +
/// alpha), p = min(step, decay_steps) / decay_steps, from = initial. With `warmup_target` the rate
/// first goes from initial to it in a straight line of `warmup_steps`; then from = warmup_target
/// and step counts from there.
class CosineDecay final : public Schedule {
 public:
  explicit CosineDecay(ConfigReader& config);
  [[nodiscard]] nlohmann::json config() const override;

 private:
  [[nodiscard]] double value(double step) const override;
  double initial_;
  double decay_steps_;
  double alpha_;
  std::optional<double> warmup_target_;
  double warmup_steps_;
};

/// Keras' CosineDecayRestarts (the same paper): the decay above again and again, each time t_mul
/// times as long and from m_mul times the rate.
class CosineDecayRestarts final : public Schedule {
 public:
  explicit CosineDecayRestarts(ConfigReader& config);
  [[nodiscard]] nlohmann::json config() const override;

 private:
  [[nodiscard]] double value(double step) const override;
  double initial_;
  double first_decay_steps_;
  double t_mul_;
  double m_mul_;
  double alpha_;
};

}  // namespace dk::model
