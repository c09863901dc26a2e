// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/callbacks/learning_rate_scheduler.hpp"

#include "model/schedules/schedule.hpp"

namespace dk::model {

LearningRateScheduler::LearningRateScheduler(ConfigReader& config) {
  const auto* object = config.find("schedule");
  if (object == nullptr) {
    config.problem("schedule is missing");
    return;
  }
  auto schedule = parse_schedule(*object);
  if (!schedule) {
    config.problem(schedule.error().message);
    return;
  }
  schedule_ = [schedule = *std::move(schedule)](std::uint64_t epoch, double /*rate*/) {
    return schedule->at(epoch);
  };
}

Result<void> LearningRateScheduler::on_train_begin(CallbackContext& context) {
  return context.set_learning_rate(context.learning_rate());
}

Result<void> LearningRateScheduler::on_epoch_begin(std::uint64_t epoch, CallbackContext& context) {
  return context.set_learning_rate(schedule_(epoch, context.learning_rate()));
}

}  // namespace dk::model
