// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/read_config.hpp"

namespace dk::model {

const Activation* read_activation(ConfigReader& config, std::string_view key) {
  const nlohmann::json* value = config.find(key);
  const Activation* linear = find_activation("linear");
  if (value == nullptr || value->is_null()) return linear;
  const std::string name = value->is_string() ? value->get<std::string>() : "";
  const Activation* activation = find_activation(name);
  if (activation == nullptr) {
    const auto known = known_activations();
    config.problem(fmt::format("{} is {}{}; supported: {}", key, show(*value),
                               suggestion(name, known), listed(known)));
    return linear;
  }
  return activation;
}

Initializer read_initializer(ConfigReader& config, std::string_view key, const char* fallback) {
  const nlohmann::json* value = config.find(key);
  auto initializer = parse_initializer(value == nullptr ? nlohmann::json(fallback) : *value);
  if (initializer) return *initializer;
  config.problem(fmt::format("{}: {}", key, initializer.error().message));
  return {};
}

}  // namespace dk::model
