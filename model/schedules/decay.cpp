// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/schedules/decay.hpp"

#include "model/keras_object.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dk::model {
namespace {

constexpr const char* kModule = "keras.optimizers.schedules";
constexpr double kPositive = std::numeric_limits<double>::min();
constexpr double kAny = std::numeric_limits<float>::max();

double part(double step, double steps, bool staircase) {
  return staircase ? std::floor(step / steps) : step / steps;
}

std::vector<double> read_list(ConfigReader& config, std::string_view key, double most) {
  std::vector<double> numbers;
  const nlohmann::json* list = config.find(key);
  if (list == nullptr || !list->is_array()) {
    config.problem(fmt::format("{} is {}; it must be a list of numbers", key,
                               list == nullptr ? "missing" : show(*list)));
    return numbers;
  }
  for (const nlohmann::json& entry : *list) {
    const double number = entry.is_number() ? entry.get<double>() : std::nan("");
    if (!(number >= 0 && number < most)) {
      config.problem(
          fmt::format("{} has {}; it must be numbers in [0, {})", key, show(entry), most));
    }
    numbers.push_back(number);
  }
  return numbers;
}

double needed(ConfigReader& config, std::string_view key, double min, double max) {
  if (config.find(key) == nullptr) config.problem(fmt::format("{} is missing", key));
  return config.number(key, 1, min, max);
}

}  // namespace

double read_steps(ConfigReader& config, std::string_view key) {
  return needed(config, key, kPositive, kMostSteps);
}

double read_rate(ConfigReader& config, std::string_view key) {
  return needed(config, key, 0, kLargestRate);
}

ExponentialDecay::ExponentialDecay(ConfigReader& config)
    : initial_(read_rate(config, "initial_learning_rate")),
      decay_steps_(read_steps(config, "decay_steps")),
      decay_rate_(needed(config, "decay_rate", 0, kAny)),
      staircase_(config.boolean("staircase", false)) {}

ExponentialDecay::ExponentialDecay(double initial, double decay_steps, double decay_rate,
                                   bool staircase)
    : initial_(initial),
      decay_steps_(decay_steps),
      decay_rate_(decay_rate),
      staircase_(staircase) {}

nlohmann::json ExponentialDecay::config() const {
  return keras_object(kModule, "ExponentialDecay",
                      {{"initial_learning_rate", initial_},
                       {"decay_steps", decay_steps_},
                       {"decay_rate", decay_rate_},
                       {"staircase", staircase_},
                       {"name", "ExponentialDecay"}});
}

double ExponentialDecay::value(double step) const {
  return initial_ * std::pow(decay_rate_, part(step, decay_steps_, staircase_));
}

InverseTimeDecay::InverseTimeDecay(ConfigReader& config)
    : initial_(read_rate(config, "initial_learning_rate")),
      decay_steps_(read_steps(config, "decay_steps")),
      decay_rate_(needed(config, "decay_rate", 0, kAny)),
      staircase_(config.boolean("staircase", false)) {}

InverseTimeDecay::InverseTimeDecay(double initial, double decay_steps, double decay_rate,
                                   bool staircase)
    : initial_(initial),
      decay_steps_(decay_steps),
      decay_rate_(decay_rate),
      staircase_(staircase) {}

nlohmann::json InverseTimeDecay::config() const {
  return keras_object(kModule, "InverseTimeDecay",
                      {{"initial_learning_rate", initial_},
                       {"decay_steps", decay_steps_},
                       {"decay_rate", decay_rate_},
                       {"staircase", staircase_},
                       {"name", "InverseTimeDecay"}});
}

double InverseTimeDecay::value(double step) const {
  return initial_ / (1 + decay_rate_ * part(step, decay_steps_, staircase_));
}

PolynomialDecay::PolynomialDecay(ConfigReader& config)
    : initial_(read_rate(config, "initial_learning_rate")),
      decay_steps_(read_steps(config, "decay_steps")),
      end_(config.number("end_learning_rate", 0.0001, 0, kLargestRate)),
      power_(config.number("power", 1, 0, kAny)),
      cycle_(config.boolean("cycle", false)) {}

PolynomialDecay::PolynomialDecay(double initial, double decay_steps, double end)
    : initial_(initial), decay_steps_(decay_steps), end_(end) {}

nlohmann::json PolynomialDecay::config() const {
  return keras_object(kModule, "PolynomialDecay",
                      {{"initial_learning_rate", initial_},
                       {"decay_steps", decay_steps_},
                       {"end_learning_rate", end_},
                       {"power", power_},
                       {"cycle", cycle_},
                       {"name", "PolynomialDecay"}});
}

double PolynomialDecay::value(double step) const {
  double steps = decay_steps_;
  if (cycle_) {
    steps *= std::max(1.0, std::ceil(step / decay_steps_));
  } else {
    step = std::min(step, steps);
  }
  return (initial_ - end_) * std::pow(1 - step / steps, power_) + end_;
}

PiecewiseConstantDecay::PiecewiseConstantDecay(ConfigReader& config)
    : boundaries_(read_list(config, "boundaries", kMostSteps)),
      values_(read_list(config, "values", kLargestRate)) {
  if (values_.size() != boundaries_.size() + 1) {
    config.problem(fmt::format("{} values for {} boundaries; there must be one more than those",
                               values_.size(), boundaries_.size()));
  }
  if (std::adjacent_find(boundaries_.begin(), boundaries_.end(), std::greater_equal<>()) !=
      boundaries_.end()) {
    config.problem("boundaries must be in increasing order");
  }
}

nlohmann::json PiecewiseConstantDecay::config() const {
  return keras_object(
      kModule, "PiecewiseConstantDecay",
      {{"boundaries", boundaries_}, {"values", values_}, {"name", "PiecewiseConstant"}});
}

double PiecewiseConstantDecay::value(double step) const {
  const auto boundary = std::lower_bound(boundaries_.begin(), boundaries_.end(), step);
  return values_[static_cast<std::size_t>(boundary - boundaries_.begin())];
}

}  // namespace dk::model
