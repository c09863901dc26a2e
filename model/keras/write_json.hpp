// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"
#include "model/architecture.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace dk::model {

enum class KerasGeneration { kKeras2, kKeras3 };

/// The version that files of this generation name.
[[nodiscard]] const char* keras_version(KerasGeneration generation);

/// A model as Keras' own `to_json()` or archive has it, for Keras to read: `{"class_name",
/// "config"}`. kInvalid names what this generation does not have, such as the other's
/// hard_sigmoid.
[[nodiscard]] Result<nlohmann::json> keras_model_json(const Architecture& architecture,
                                                      KerasGeneration generation);

/// The text in Keras 2's form that `read_keras_json` gives back as the same architecture, whatever
/// its layers.
[[nodiscard]] std::string write_keras_json(const Architecture& architecture);

}  // namespace dk::model
