// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/logic/scatter.hpp"
#include "actors/predictions.hpp"
#include "base/ids.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>

namespace dk {

/// A checkpoint's evaluation on the validation or the test data, while it is under way. Outlives a
/// return to a checkpoint, but not the supervisor's process: what was answered is kept, and it goes
/// on when the same checkpoint is to be evaluated again.
struct JobEvaluation {
  std::uint64_t number = 0;  ///< answers to an earlier one count for nothing
  CheckpointId checkpoint;
  bool on_validation = false;
  bool labelled = true;
  Scatter scatter;
  std::function<void(const nlohmann::json&)> then;
  bool paused = false;            ///< nobody is asked until somebody wants it again
  std::set<Incarnation> resting;  ///< have failed since the last tick
  PredictionsActor predictions;   ///< null: the outputs are not wanted
  std::uint32_t writing = 0;      ///< answers that are not on the disk yet
  bool closing = false;           ///< the files are being made
  std::chrono::steady_clock::time_point began;
  std::chrono::steady_clock::time_point told;
};

}  // namespace dk
