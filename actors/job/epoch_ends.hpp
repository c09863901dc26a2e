// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/descriptor/job_spec.hpp"
#include "base/ids.hpp"
#include "model/callbacks/callback.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace dk {

/// A job's callbacks, and what has become of its epochs: the same decisions for the same epochs,
/// however often the job comes back from its record. No actor inside.
class EpochEnds {
 public:
  /// A file that a callback wants of an epoch's checkpoint.
  struct Save {
    std::string path;
    bool weights_only = false;
  };
  struct Decision {
    std::uint64_t epoch = 0;  ///< from 0
    model::Logs logs;
    CheckpointId checkpoint;  ///< the weights at the epoch's end; none without callbacks
  };

  explicit EpochEnds(const JobSpec& spec);

  /// Something happens at an epoch's end.
  [[nodiscard]] bool watched() const { return validates_ || !callbacks_.empty(); }
  /// No sample of the next epoch is trained before this one is decided.
  [[nodiscard]] bool gated() const { return !callbacks_.empty(); }
  [[nodiscard]] bool validates() const { return validates_; }

  /// Before the first epoch.
  Result<void> begin();
  /// Runs the callbacks; what they want written is in `take_saves` afterwards.
  Result<void> decide(const Decision& decision);
  /// After the last epoch; which checkpoint holds the weights of the end: none, the newest one.
  Result<CheckpointId> end();
  [[nodiscard]] std::vector<Save> take_saves() { return std::exchange(saves_, {}); }

  /// Epochs decided.
  [[nodiscard]] std::uint64_t decided() const { return history_.size(); }
  /// Why a callback has ended the training, or empty.
  [[nodiscard]] const std::string& stopped() const { return stopped_; }
  /// Checkpoints that a callback may come back to.
  [[nodiscard]] std::vector<CheckpointId> kept() const;
  /// `[{"epoch": 1, "loss": ..., "val_loss": ..., "learning_rate": ...}, ...]`
  [[nodiscard]] nlohmann::json history() const;

  /// Goes back to the state after `epochs` decisions, because the training has.
  Result<void> roll_back(std::uint64_t epochs);
  [[nodiscard]] nlohmann::json to_json() const;
  /// Takes back what `to_json` wrote; kCorrupt when it is something else.
  Result<void> restore(const nlohmann::json& json);

  /// To be used from now on; 0: what the optimizer says.
  double learning_rate = 0;

 private:
  class Context;

  [[nodiscard]] nlohmann::json state() const;
  Result<void> set_state(const nlohmann::json& state);

  std::vector<std::unique_ptr<model::Callback>> callbacks_;
  bool validates_ = false;
  double own_learning_rate_ = 0;  ///< of the optimizer
  bool has_schedule_ = false;
  nlohmann::json first_state_;                ///< before the first epoch
  std::vector<nlohmann::json> history_;       ///< per epoch: its logs, and the state after it
  std::map<std::size_t, CheckpointId> kept_;  ///< by callback
  CheckpointId current_;
  CheckpointId restored_;
  std::string stopped_;
  std::vector<Save> saves_;
};

}  // namespace dk
