// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/schedules/schedule.hpp"

namespace dk::model {

/// Ours, not Keras': for the first `steps` steps a straight line from `start` to what the schedule
/// `then` begins with, afterwards `then`, counted from the end of the line:
/// step < steps: start + (then(0) - start) * step / steps, else then(step - steps).
/// Keras has no class for it, so that `config` is an object that only we read; a line to a constant
/// or to a CosineDecay is best asked of Keras' PolynomialDecay and CosineDecay.
class Warmup final : public Schedule {
 public:
  Warmup(double steps, double start, std::shared_ptr<const Schedule> then);
  [[nodiscard]] nlohmann::json config() const override;

 private:
  [[nodiscard]] double value(double step) const override;
  double steps_;
  double start_;
  std::shared_ptr<const Schedule> then_;
};

}  // namespace dk::model
