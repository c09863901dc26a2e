// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace dk::model {

/// A learning rate that changes with the optimizer's steps: Keras' LearningRateSchedule. Immutable,
/// a function of the number of steps already made, from 0.
class Schedule {
 public:
  virtual ~Schedule() = default;
  Schedule() = default;
  Schedule(const Schedule&) = delete;
  Schedule& operator=(const Schedule&) = delete;

  [[nodiscard]] double at(std::uint64_t steps) const { return value(static_cast<double>(steps)); }
  /// Keras' object of class_name and config with every argument; `parse_schedule` reads it.
  [[nodiscard]] virtual nlohmann::json config() const = 0;

 private:
  [[nodiscard]] virtual double value(double step) const = 0;
};

/// From Keras' object, or a descriptor's `{"name": "exponential_decay", ...}` with Keras'
/// arguments. Also understood: `exponential`, `piecewise`, `polynomial`, `time`, `cosine`,
/// `cosine_restarts`, and two that Keras has no class for:
/// - `{"name": "step", "initial_learning_rate": 0.1, "drop": 0.5, "steps": 1000}`, the rate times
///   drop^floor(step / steps): written as Keras' ExponentialDecay in a staircase;
/// - `{"name": "warmup", "steps": 500, "start": 0, "then": <schedule or number>}` (warmup.hpp).
/// kInvalid names the unknown key or impossible value and what is allowed.
[[nodiscard]] Result<std::shared_ptr<const Schedule>> parse_schedule(const nlohmann::json& json);
/// The names for descriptors.
[[nodiscard]] std::vector<std::string> known_schedules();

}  // namespace dk::model
