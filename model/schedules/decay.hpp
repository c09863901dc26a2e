// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/config_reader.hpp"
#include "model/schedules/schedule.hpp"

namespace dk::model {

/// Largest learning rate that is not a mistake.
inline constexpr double kLargestRate = 1e6;
/// Largest number of steps in a schedule.
inline constexpr double kMostSteps = 1e15;

/// The number that must be there, of steps: more than 0.
[[nodiscard]] double read_steps(ConfigReader& config, std::string_view key);
/// The learning rate that must be there.
[[nodiscard]] double read_rate(ConfigReader& config, std::string_view key);

/// Keras' ExponentialDecay: initial * decay_rate^p, p = step / decay_steps, whole numbers of p with
/// `staircase`.
class ExponentialDecay final : public Schedule {
 public:
  explicit ExponentialDecay(ConfigReader& config);
  ExponentialDecay(double initial, double decay_steps, double decay_rate, bool staircase);
  [[nodiscard]] nlohmann::json config() const override;

 private:
  [[nodiscard]] double value(double step) const override;
  double initial_;
  double decay_steps_;
  double decay_rate_;
  bool staircase_;
};

/// Keras' InverseTimeDecay: initial / (1 + decay_rate * p), p as above.
class InverseTimeDecay final : public Schedule {
 public:
  explicit InverseTimeDecay(ConfigReader& config);
  InverseTimeDecay(double initial, double decay_steps, double decay_rate, bool staircase);
  [[nodiscard]] nlohmann::json config() const override;

 private:
  [[nodiscard]] double value(double step) const override;
  double initial_;
  double decay_steps_;
  double decay_rate_;
  bool staircase_;
};

/// Keras' PolynomialDecay: (initial - end) * (1 - min(step, n) / n)^power + end, n = decay_steps.
/// With `cycle` n is the first multiple of decay_steps that is not below step.
class PolynomialDecay final : public Schedule {
 public:
  explicit PolynomialDecay(ConfigReader& config);
  PolynomialDecay(double initial, double decay_steps, double end);
  [[nodiscard]] nlohmann::json config() const override;

 private:
  [[nodiscard]] double value(double step) const override;
  double initial_;
  double decay_steps_;
  double end_;
  double power_ = 1;
  bool cycle_ = false;
};

/// Keras' PiecewiseConstantDecay: values[i] where i is the first with step <= boundaries[i], and
/// the last value behind all of them.
class PiecewiseConstantDecay final : public Schedule {
 public:
  explicit PiecewiseConstantDecay(ConfigReader& config);
  [[nodiscard]] nlohmann::json config() const override;

 private:
  [[nodiscard]] double value(double step) const override;
  std::vector<double> boundaries_;
  std::vector<double> values_;
};

}  // namespace dk::model
