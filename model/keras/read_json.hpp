// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"
#include "model/architecture.hpp"

#include <nlohmann/json.hpp>

#include <string_view>

namespace dk::model {

/// Reads the text of Keras' `to_json()` of a Sequential model, Keras 1 to 3. The text may be
/// anything. What has an effect in Keras and is not supported here is refused by name, never left
/// out; kInvalid messages begin with `source`, a file's name for example.
[[nodiscard]] Result<Architecture> read_keras_json(std::string_view text, std::string_view source);

/// Reads the short form used in job descriptors: a list of layers, each one key with Keras' config,
/// or only a name: `[{"Dense": {"units": 10, "input_shape": [784]}}, "Flatten"]`.
[[nodiscard]] Result<Architecture> read_layer_list(const nlohmann::json& list,
                                                   std::string_view source);

}  // namespace dk::model
