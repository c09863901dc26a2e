// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/activations/activation.hpp"
#include "model/config_reader.hpp"
#include "model/initializers/initializer.hpp"
#include "model/layer.hpp"

#include <string_view>

namespace dk::model {

/// The activation named by `key`; when it is missing or null, linear.
[[nodiscard]] ActivationStage read_activation(ConfigReader& config, std::string_view key,
                                              std::string_view fallback = "linear");
/// The initializer under `key`, or Keras' default.
[[nodiscard]] Initializer read_initializer(ConfigReader& config, std::string_view key,
                                           const char* fallback);

/// What Keras lets one say of a layer's variable `kernel`: kernel_initializer, kernel_regularizer
/// and kernel_constraint.
struct VariableConfig {
  Initializer initializer;
  nlohmann::json regularizer = nullptr;
  nlohmann::json constraint = nullptr;

  static VariableConfig read(ConfigReader& config, std::string_view variable,
                             const char* initializer);
  /// The keys and values that `read` takes.
  void write(nlohmann::json& config, std::string_view variable) const;
  [[nodiscard]] VariableSpec spec(std::string name, Shape shape, std::string scope = {}) const;
};

}  // namespace dk::model
