// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/callbacks/early_stopping.hpp"

#include "model/callbacks/arguments.hpp"
#include "model/callbacks/state.hpp"

namespace dk::model {

EarlyStopping::EarlyStopping(ConfigReader& config)
    : monitor_(config.text("monitor", "val_loss")),
      direction_(read_direction(config, monitor_)),
      min_delta_(std::abs(config.number("min_delta", 0, -kLargestValue, kLargestValue))),
      patience_(read_epochs(config, "patience", 0)),
      baseline_(read_optional_number(config, "baseline")),
      restore_best_weights_(config.boolean("restore_best_weights", false)),
      start_from_epoch_(read_epochs(config, "start_from_epoch", 0)) {}

Result<void> EarlyStopping::on_train_begin(CallbackContext& /*context*/) {
  wait_ = 0;
  best_ = worst(direction_);
  has_best_weights_ = false;
  return {};
}

Result<void> EarlyStopping::on_epoch_end(std::uint64_t epoch, const Logs& logs,
                                         CallbackContext& context) {
  const auto value = find_log(logs, monitor_);
  if (!value || epoch < start_from_epoch_) return {};
  if (!has_best_weights_) keep_weights(context);
  ++wait_;
  if (is_better(direction_, *value, best_, min_delta_)) {
    best_ = *value;
    keep_weights(context);
    if (!baseline_ || is_better(direction_, *value, *baseline_, min_delta_)) wait_ = 0;
    return {};
  }
  if (wait_ >= patience_ && epoch > 0) {
    context.stop(
        fmt::format("{} has not got better than {:.6g} for {} epochs", monitor_, best_, wait_));
  }
  return {};
}

Result<void> EarlyStopping::on_train_end(CallbackContext& context) {
  if (!has_best_weights_) return {};
  return context.restore_weights(*this);
}

void EarlyStopping::keep_weights(CallbackContext& context) {
  if (!restore_best_weights_) return;
  context.keep_weights(*this);
  has_best_weights_ = true;
}

nlohmann::json EarlyStopping::state() const {
  return {{"wait", wait_}, {"best", state_number(best_)}, {"has_best_weights", has_best_weights_}};
}

Result<void> EarlyStopping::set_state(const nlohmann::json& state) {
  StateReader reader(state, "early_stopping");
  reader.count("wait", wait_);
  reader.number("best", best_);
  reader.flag("has_best_weights", has_best_weights_);
  return reader.finish();
}

}  // namespace dk::model
