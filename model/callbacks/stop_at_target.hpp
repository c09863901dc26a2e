// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/callbacks/callback.hpp"
#include "model/callbacks/monitor.hpp"

namespace dk::model {

/// StopAtTarget(target, monitor="val_loss", mode="auto"): ends the training with the first epoch
/// whose `monitor` has reached `target`: is at most (down) or at least (up) that. dist-keras had
/// planned to stop on a target loss; Keras has no such callback.
class StopAtTarget final : public Callback {
 public:
  explicit StopAtTarget(ConfigReader& config);

  [[nodiscard]] std::vector<std::string> needs() const override { return {monitor_}; }
  Result<void> on_epoch_end(std::uint64_t epoch, const Logs& logs,
                            CallbackContext& context) override;

 private:
  std::string monitor_;
  Direction direction_;
  double target_ = 0;
};

}  // namespace dk::model
