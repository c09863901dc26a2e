// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/config_reader.hpp"
#include "model/keras_object.hpp"
#include "model/losses/loss.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace dk::model {

/// read_keras_object for losses and metrics, which Keras also writes as functions:
/// `{"class_name": "function", "config": "mean_squared_error"}`, and as
/// `{"class_name": "LossFunctionWrapper", "config": {"fn": FUNCTION, ...}}` (`MeanMetricWrapper`
/// for metrics).
[[nodiscard]] Result<KerasObject> read_function_object(const nlohmann::json& json,
                                                       std::string_view what,
                                                       std::span<const std::string> known);

/// `dtype` may only be float32, in Keras 2's spelling or as Keras 3's DTypePolicy.
void read_dtype(ConfigReader& config);

/// Whether a loss has this name or alias.
[[nodiscard]] bool is_loss(std::string_view name);
/// The loss of this name and config.
[[nodiscard]] Result<std::unique_ptr<Loss>> make_loss(const KerasObject& object);

}  // namespace dk::model
