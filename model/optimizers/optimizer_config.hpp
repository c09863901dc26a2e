// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/config_reader.hpp"
#include "model/schedules/schedule.hpp"

#include <memory>
#include <optional>
#include <string>

namespace dk::model {

/// The arguments that all of Keras' optimizers have, with Keras' meaning.
struct OptimizerConfig {
  enum class Clip { kNone, kNorm, kValue, kGlobalNorm };

  std::string name;  ///< The user's, without effect.
  double learning_rate = 0;
  std::shared_ptr<const Schedule> schedule;  ///< In place of the number, when set.
  /// Decoupled: p -= learning rate * weight_decay * p before the update. Null: none.
  std::optional<double> weight_decay;
  Clip clip = Clip::kNone;
  double clip_limit = 0;

  /// `learning_rate` and `weight_decay` come in as the optimizer's defaults. Reads also `lr` and
  /// `decay` of Keras before 2.11: decay d is InverseTimeDecay with decay_steps 1 and decay_rate d.
  static OptimizerConfig read(ConfigReader& reader, OptimizerConfig defaults);
  /// As Keras 2.11 and later serialize them; `rate` is the learning rate without schedule.
  [[nodiscard]] nlohmann::json to_json(double rate) const;
};

/// `epsilon`; null, as Keras 2.0 wrote it, is the default.
[[nodiscard]] double read_epsilon(ConfigReader& reader);

}  // namespace dk::model
