// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/callbacks/callback.hpp"
#include "model/config_reader.hpp"

#include <functional>

namespace dk::model {

/// Keras' LearningRateScheduler: before each epoch the rate becomes schedule(epoch, rate). From a
/// config `schedule` is one of `known_schedules()`, its steps counted in epochs.
class LearningRateScheduler final : public Callback {
 public:
  using Function = std::function<double(std::uint64_t epoch, double rate)>;

  explicit LearningRateScheduler(Function schedule) : schedule_(std::move(schedule)) {}
  explicit LearningRateScheduler(ConfigReader& config);

  /// kInvalid when the optimizer has a schedule of its own.
  Result<void> on_train_begin(CallbackContext& context) override;
  Result<void> on_epoch_begin(std::uint64_t epoch, CallbackContext& context) override;

 private:
  Function schedule_;
};

}  // namespace dk::model
