// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/callbacks/terminate_on_nan.hpp"

#include <cmath>

namespace dk::model {

Result<void> TerminateOnNaN::on_batch_end(double loss, CallbackContext& context) {
  if (!std::isfinite(loss)) context.stop(fmt::format("the loss of a batch is {}", loss));
  return {};
}

Result<void> TerminateOnNaN::on_epoch_end(std::uint64_t epoch, const Logs& logs,
                                          CallbackContext& context) {
  const auto loss = find_log(logs, "loss");
  if (loss && !std::isfinite(*loss)) {
    context.stop(fmt::format("the loss of epoch {} is {}", epoch + 1, *loss));
  }
  return {};
}

}  // namespace dk::model
