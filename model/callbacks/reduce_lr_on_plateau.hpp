// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/callbacks/callback.hpp"
#include "model/callbacks/monitor.hpp"

namespace dk::model {

/// Keras' ReduceLROnPlateau(monitor="val_loss", factor=0.1, patience=10, mode="auto",
/// min_delta=1e-4, cooldown=0, min_lr=0): rate <- max(rate * factor, min_lr) when `monitor` has not
/// got better by more than min_delta for `patience` epochs; then `cooldown` epochs do not count.
class ReduceLROnPlateau final : public Callback {
 public:
  explicit ReduceLROnPlateau(ConfigReader& config);

  /// Epochs without the monitor do not count.
  [[nodiscard]] std::vector<std::string> needs() const override { return {monitor_}; }
  /// kInvalid when the learning rate follows a schedule.
  Result<void> on_train_begin(CallbackContext& context) override;
  Result<void> on_epoch_end(std::uint64_t epoch, const Logs& logs,
                            CallbackContext& context) override;
  [[nodiscard]] nlohmann::json state() const override;
  Result<void> set_state(const nlohmann::json& state) override;

 private:
  std::string monitor_;
  Direction direction_;
  double factor_;
  std::uint64_t patience_;
  double min_delta_;
  std::uint64_t cooldown_;
  double min_lr_;

  double best_ = 0;
  std::uint64_t wait_ = 0;
  std::uint64_t cooling_ = 0;
};

}  // namespace dk::model
