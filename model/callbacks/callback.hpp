// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"
#include "model/heads.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dk::model {

/// What was measured in an epoch, named as in Keras' history: `loss`, the metrics, the same behind
/// `val_`, `learning_rate`.
using Logs = std::vector<MetricValue>;

[[nodiscard]] std::optional<double> find_log(const Logs& logs, std::string_view name);

class Callback;

/// What a callback may do to the training that it watches: of one process or of a whole cluster.
class CallbackContext {
 public:
  virtual ~CallbackContext() = default;
  CallbackContext() = default;
  CallbackContext(const CallbackContext&) = delete;
  CallbackContext& operator=(const CallbackContext&) = delete;

  /// Training ends after this batch, or this epoch.
  virtual void stop(std::string reason) = 0;
  /// Of the next step.
  [[nodiscard]] virtual double learning_rate() const = 0;
  /// kInvalid as `Optimizer::set_learning_rate`.
  virtual Result<void> set_learning_rate(double rate) = 0;
  /// Keeps the model's present weights for this callback, in place of those kept before.
  virtual void keep_weights(const Callback& owner) = 0;
  /// Back to the weights that were kept for it; nothing when none were.
  virtual Result<void> restore_weights(const Callback& owner) = 0;
  /// Writes the model, with its optimizer unless `weights_only`, as `write_model_file` does; makes
  /// the directory.
  virtual Result<void> save(const std::filesystem::path& path, bool weights_only) = 0;
};

/// Keras' callback. No clock, no thread, no randomness: the same epochs give the same decisions, so
/// that one process and a cluster behave alike. An error ends the training. Epochs count from 0.
class Callback {
 public:
  virtual ~Callback() = default;
  Callback() = default;
  Callback(const Callback&) = delete;
  Callback& operator=(const Callback&) = delete;

  /// Names of the logs that it cannot do without: to be checked before a training begins.
  [[nodiscard]] virtual std::vector<std::string> needs() const { return {}; }

  /// Forgets an earlier training.
  virtual Result<void> on_train_begin(CallbackContext& /*context*/) { return {}; }
  virtual Result<void> on_epoch_begin(std::uint64_t /*epoch*/, CallbackContext& /*context*/) {
    return {};
  }
  /// `loss`: the mean over the batch.
  virtual Result<void> on_batch_end(double /*loss*/, CallbackContext& /*context*/) { return {}; }
  virtual Result<void> on_epoch_end(std::uint64_t /*epoch*/, const Logs& /*logs*/,
                                    CallbackContext& /*context*/) {
    return {};
  }
  virtual Result<void> on_train_end(CallbackContext& /*context*/) { return {}; }

  /// What it carries from one epoch to the next, as an object, without the weights that the context
  /// keeps for it. A training that goes on after a stop makes the same callback again, calls
  /// `on_train_begin` and then `set_state`, and from then on all is as if it had never stopped.
  [[nodiscard]] virtual nlohmann::json state() const { return nlohmann::json::object(); }
  /// kCorrupt when it is no state of such a callback, which then is of no more use.
  virtual Result<void> set_state(const nlohmann::json& state);
};

/// From a descriptor's `{"name": "early_stopping", "patience": 3}`, or Keras' class name, with
/// Keras' arguments and defaults; `verbose` has no effect. kInvalid names an unknown key or
/// impossible value and says what is allowed.
[[nodiscard]] Result<std::unique_ptr<Callback>> make_callback(const nlohmann::json& config);
/// kInvalid, with what there is, when one of its `needs()` is not among the names of the logs.
[[nodiscard]] Result<void> check_needs(const Callback& callback,
                                       const std::vector<std::string>& logged);
/// The names for descriptors.
[[nodiscard]] std::vector<std::string> known_callbacks();

}  // namespace dk::model
