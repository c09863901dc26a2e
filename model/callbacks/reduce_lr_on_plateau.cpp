// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/callbacks/reduce_lr_on_plateau.hpp"

#include "model/callbacks/arguments.hpp"
#include "model/callbacks/state.hpp"

#include <algorithm>

namespace dk::model {

ReduceLROnPlateau::ReduceLROnPlateau(ConfigReader& config)
    : monitor_(config.text("monitor", "val_loss")),
      direction_(read_direction(config, monitor_)),
      factor_(config.number("factor", 0.1, 0, 1)),
      patience_(read_epochs(config, "patience", 10)),
      min_delta_(config.number("min_delta", 1e-4, 0, kLargestValue)),
      cooldown_(read_epochs(config, "cooldown", 0)),
      min_lr_(config.number("min_lr", 0, 0, kLargestValue)) {}

Result<void> ReduceLROnPlateau::on_train_begin(CallbackContext& context) {
  best_ = worst(direction_);
  wait_ = 0;
  cooling_ = 0;
  return context.set_learning_rate(context.learning_rate());
}

Result<void> ReduceLROnPlateau::on_epoch_end(std::uint64_t /*epoch*/, const Logs& logs,
                                             CallbackContext& context) {
  const auto value = find_log(logs, monitor_);
  if (!value) return {};
  if (cooling_ > 0) {
    --cooling_;
    wait_ = 0;
  }
  if (is_better(direction_, *value, best_, min_delta_)) {
    best_ = *value;
    wait_ = 0;
    return {};
  }
  if (cooling_ > 0 || ++wait_ < patience_) return {};
  const double rate = context.learning_rate();
  if (!(rate > static_cast<double>(static_cast<float>(min_lr_)))) return {};
  cooling_ = cooldown_;
  wait_ = 0;
  return context.set_learning_rate(std::max(rate * factor_, min_lr_));
}

nlohmann::json ReduceLROnPlateau::state() const {
  return {{"best", state_number(best_)}, {"wait", wait_}, {"cooling", cooling_}};
}

Result<void> ReduceLROnPlateau::set_state(const nlohmann::json& state) {
  StateReader reader(state, "reduce_lr_on_plateau");
  reader.number("best", best_);
  reader.count("wait", wait_);
  reader.count("cooling", cooling_);
  return reader.finish();
}

}  // namespace dk::model
