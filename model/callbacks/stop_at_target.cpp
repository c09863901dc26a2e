// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/callbacks/stop_at_target.hpp"

#include "model/callbacks/arguments.hpp"

namespace dk::model {

StopAtTarget::StopAtTarget(ConfigReader& config)
    : monitor_(config.text("monitor", "val_loss")), direction_(read_direction(config, monitor_)) {
  const auto target = read_optional_number(config, "target");
  if (!target) config.problem("target is missing");
  target_ = target.value_or(0);
}

Result<void> StopAtTarget::on_epoch_end(std::uint64_t /*epoch*/, const Logs& logs,
                                        CallbackContext& context) {
  const auto value = find_log(logs, monitor_);
  if (!value) return {};
  const bool reached = direction_ == Direction::kUp ? *value >= target_ : *value <= target_;
  if (reached) {
    context.stop(fmt::format("{} is {:.6g} and has reached {:.6g}", monitor_, *value, target_));
  }
  return {};
}

}  // namespace dk::model
