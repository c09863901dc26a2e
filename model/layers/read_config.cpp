// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/read_config.hpp"

namespace dk::model {

ActivationStage read_activation(ConfigReader& config, std::string_view key,
                                std::string_view fallback) {
  const nlohmann::json* value = config.find(key);
  if (value == nullptr) return ActivationStage(find_activation(fallback));
  if (value->is_null()) return {};
  const std::string name = value->is_string() ? value->get<std::string>() : "";
  const Activation* activation = find_activation(name);
  if (activation == nullptr) {
    const auto known = known_activations();
    config.problem(fmt::format("{} is {}{}; supported: {}", key, show(*value),
                               suggestion(name, known), listed(known)));
    return {};
  }
  return ActivationStage(activation);
}

Initializer read_initializer(ConfigReader& config, std::string_view key, const char* fallback) {
  const nlohmann::json* value = config.find(key);
  const bool missing = value == nullptr || value->is_null();
  auto initializer = parse_initializer(missing ? nlohmann::json(fallback) : *value);
  if (initializer) return *initializer;
  config.problem(fmt::format("{}: {}", key, initializer.error().message));
  return {};
}

VariableConfig VariableConfig::read(ConfigReader& config, std::string_view variable,
                                    const char* initializer) {
  VariableConfig read;
  read.initializer = read_initializer(config, fmt::format("{}_initializer", variable), initializer);
  const auto* regularizer = config.find(fmt::format("{}_regularizer", variable));
  if (regularizer != nullptr) read.regularizer = *regularizer;
  const auto* constraint = config.find(fmt::format("{}_constraint", variable));
  if (constraint != nullptr) read.constraint = *constraint;
  return read;
}

void VariableConfig::write(nlohmann::json& config, std::string_view variable) const {
  config[fmt::format("{}_initializer", variable)] = to_json(initializer);
  config[fmt::format("{}_regularizer", variable)] = regularizer;
  config[fmt::format("{}_constraint", variable)] = constraint;
}

VariableSpec VariableConfig::spec(std::string name, Shape shape, std::string scope) const {
  return {.name = std::move(name),
          .shape = std::move(shape),
          .initializer = initializer,
          .regularizer = regularizer,
          .constraint = constraint,
          .scope = std::move(scope)};
}

}  // namespace dk::model
