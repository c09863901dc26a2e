// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/activations/activation.hpp"
#include "model/config_reader.hpp"
#include "model/initializers/initializer.hpp"

namespace dk::model {

/// The activation named by `key`, linear when it is missing or null; never nullptr.
[[nodiscard]] const Activation* read_activation(ConfigReader& config, std::string_view key);
/// The initializer under `key`, or Keras' default.
[[nodiscard]] Initializer read_initializer(ConfigReader& config, std::string_view key,
                                           const char* fallback);

}  // namespace dk::model
