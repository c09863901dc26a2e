// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/schedules/warmup.hpp"

namespace dk::model {

Warmup::Warmup(double steps, double start, std::shared_ptr<const Schedule> then)
    : steps_(steps), start_(start), then_(std::move(then)) {}

nlohmann::json Warmup::config() const {
  return {{"name", "warmup"}, {"steps", steps_}, {"start", start_}, {"then", then_->config()}};
}

double Warmup::value(double step) const {
  if (step >= steps_) return then_->at(static_cast<std::uint64_t>(step - steps_));
  return start_ + (then_->at(0) - start_) * step / steps_;
}

}  // namespace dk::model
