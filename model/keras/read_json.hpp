// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"
#include "model/architecture.hpp"

#include <nlohmann/json.hpp>

#include <string_view>

namespace dk::model {

/// Reads the text of Keras' `to_json()`, Keras 1 to 3: Sequential, Functional and Model, nested in
/// any way. The text may be anything. What has an effect in Keras and is not supported here is
/// refused by name, never left out; kInvalid messages begin with `source`, a file's name for
/// example.
[[nodiscard]] Result<Architecture> read_keras_json(std::string_view text, std::string_view source);

/// The same of a text that is parsed already; `version` is what the file says of Keras' version
/// elsewhere.
[[nodiscard]] Result<Architecture> read_keras_model(const nlohmann::json& root,
                                                    std::string_view source,
                                                    std::string_view version = {});

/// Reads the short form used in job descriptors: the layers of a Sequential, each one key with
/// Keras' config, or only a name: `[{"Dense": {"units": 10, "input_shape": [784]}}, "Flatten"]`; so
/// too the layers within wrappers: `{"Bidirectional": {"layer": {"LSTM": {"units": 8}}}}`.
[[nodiscard]] Result<Architecture> read_layer_list(const nlohmann::json& list,
                                                   std::string_view source);

}  // namespace dk::model
