// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/callbacks/callback.hpp"
#include "model/config_reader.hpp"

namespace dk::model {

/// Keras' TerminateOnNaN: ends the training with the batch, or the epoch, whose loss is not finite.
class TerminateOnNaN final : public Callback {
 public:
  TerminateOnNaN() = default;
  explicit TerminateOnNaN(ConfigReader& /*config*/) {}

  Result<void> on_batch_end(double loss, CallbackContext& context) override;
  Result<void> on_epoch_end(std::uint64_t epoch, const Logs& logs,
                            CallbackContext& context) override;
};

}  // namespace dk::model
