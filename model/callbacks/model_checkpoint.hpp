// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/callbacks/callback.hpp"
#include "model/callbacks/monitor.hpp"

namespace dk::model {

/// A file name with Python's fields filled in: `m-{epoch:02d}-{val_loss:.2f}.keras`. `epoch` counts
/// from 1 here, as in Keras. kInvalid names a field that is not among the logs, or a bad format.
[[nodiscard]] Result<std::string> format_filepath(std::string_view pattern, std::uint64_t epoch,
                                                  const Logs& logs);

/// Keras' ModelCheckpoint(filepath, monitor="val_loss", save_best_only=False,
/// save_weights_only=False, mode="auto", save_freq="epoch", initial_value_threshold=None): writes
/// the model at the end of every epoch, or of those that are the best so far. The kind of file
/// follows from the name's end.
class ModelCheckpoint final : public Callback {
 public:
  explicit ModelCheckpoint(ConfigReader& config);

  [[nodiscard]] std::vector<std::string> needs() const override;
  Result<void> on_train_begin(CallbackContext& context) override;
  Result<void> on_epoch_end(std::uint64_t epoch, const Logs& logs,
                            CallbackContext& context) override;
  [[nodiscard]] nlohmann::json state() const override;
  Result<void> set_state(const nlohmann::json& state) override;

 private:
  std::string filepath_;
  std::string monitor_;
  Direction direction_;
  bool save_best_only_;
  bool save_weights_only_;
  std::optional<double> threshold_;

  double best_ = 0;
};

}  // namespace dk::model
