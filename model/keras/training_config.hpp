// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>

namespace dk::model {

/// What a model was compiled with, from Keras 1's and 2's `training_config` or Keras 3's
/// `compile_config`: an object of `optimizer`, `loss`, `metrics` and `loss_weights`, each null when
/// there is none, as `CompileConfig` and `make_optimizer` take them. Null for anything else.
[[nodiscard]] nlohmann::json read_training_config(const nlohmann::json& stored);

/// The same in Keras 2's and in Keras 3's words.
[[nodiscard]] nlohmann::json training_config_2(const nlohmann::json& training);
[[nodiscard]] nlohmann::json compile_config_3(const nlohmann::json& training);

}  // namespace dk::model
