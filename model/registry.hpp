// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/config_reader.hpp"
#include "model/layer.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dk::model {

/// A layer from Keras' class name and config; kInvalid names what is unknown or unsupported and
/// lists what is supported. `where` stands in front of the message.
[[nodiscard]] Result<std::unique_ptr<Layer>> make_layer(std::string_view class_name,
                                                        const nlohmann::json& config,
                                                        std::string where);

/// `config()` with `activity_regularizer`, when it has one: all but its name and `trainable`.
[[nodiscard]] nlohmann::json full_config(const Layer& layer);

/// Keras' class names of all layers, InputLayer not among them.
[[nodiscard]] std::vector<std::string> known_layers();

}  // namespace dk::model
