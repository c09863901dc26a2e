// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/callbacks/callback.hpp"
#include "model/callbacks/monitor.hpp"

namespace dk::model {

/// Keras' EarlyStopping(monitor="val_loss", min_delta=0, patience=0, mode="auto", baseline=None,
/// restore_best_weights=False, start_from_epoch=0): ends the training when `monitor` has not got
/// better by more than min_delta for `patience` epochs. As in Keras 3, the best weights come back
/// at the end of the training however it ends.
class EarlyStopping final : public Callback {
 public:
  explicit EarlyStopping(ConfigReader& config);

  /// Epochs without the monitor do not count.
  [[nodiscard]] std::vector<std::string> needs() const override { return {monitor_}; }
  Result<void> on_train_begin(CallbackContext& context) override;
  Result<void> on_epoch_end(std::uint64_t epoch, const Logs& logs,
                            CallbackContext& context) override;
  Result<void> on_train_end(CallbackContext& context) override;
  [[nodiscard]] nlohmann::json state() const override;
  Result<void> set_state(const nlohmann::json& state) override;

 private:
  void keep_weights(CallbackContext& context);

  std::string monitor_;
  Direction direction_;
  double min_delta_;
  std::uint64_t patience_;
  std::optional<double> baseline_;
  bool restore_best_weights_;
  std::uint64_t start_from_epoch_;

  std::uint64_t wait_ = 0;
  double best_ = 0;
  bool has_best_weights_ = false;
};

}  // namespace dk::model
