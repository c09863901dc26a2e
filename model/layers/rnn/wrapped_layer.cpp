// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/rnn/wrapped_layer.hpp"

#include "model/layers/rnn/layer_chain.hpp"
#include "model/registry.hpp"

namespace dk::model {
namespace {

bool is_model(std::string_view class_name) {
  return class_name == "Sequential" || class_name == "Functional" || class_name == "Model";
}

Result<std::unique_ptr<Layer>> make_chain(const nlohmann::json& settings, std::string where) {
  ConfigReader reader(settings, std::move(where));
  auto chain = std::make_unique<LayerChain>(reader);
  chain->set_trainable(reader.boolean("trainable", true));
  reader.ignore({"name"});
  const auto* dtype = reader.find("dtype");
  if (dtype != nullptr && !dtype->is_null() && *dtype != "float32") {
    reader.problem(fmt::format("dtype is {}; only \"float32\" is supported", show(*dtype)));
  }
  DK_TRY(reader.finish());
  return chain;
}

}  // namespace

WrappedLayer WrappedLayer::read(ConfigReader& config, std::string_view key, Models models) {
  WrappedLayer wrapped;
  const nlohmann::json* object = config.find(key);
  if (object == nullptr || !object->is_object()) {
    config.problem(fmt::format("{} must be an object of class_name and config", key));
    return wrapped;
  }
  ConfigReader reader(*object, std::string(key));
  wrapped.class_name = reader.text("class_name", "");
  nlohmann::json settings = nlohmann::json::object();
  if (const auto* found = reader.find("config"); found != nullptr && found->is_object()) {
    settings = *found;
  }
  reader.ignore({"module", "registered_name", "build_config", "name", "inbound_nodes"});
  const bool is_chain = wrapped.class_name == "Sequential" && models == Models::kSequential;
  if (is_model(wrapped.class_name) && !is_chain) {
    reader.problem(fmt::format("is a model, {}; only a layer{} is supported", wrapped.class_name,
                               models == Models::kSequential ? " or a Sequential" : ""));
  }
  if (const auto read = reader.finish(); !read) {
    config.problem(read.error().message);
    return wrapped;
  }
  if (const auto name = settings.find("name"); name != settings.end() && name->is_string()) {
    wrapped.name = name->get<std::string>();
  }
  auto made = is_chain ? make_chain(settings, std::string(key))
                       : make_layer(wrapped.class_name, settings, std::string(key));
  if (made) {
    wrapped.layer = std::move(*made);
    wrapped.trainable = wrapped.layer->trainable();
    if (wrapped.layer->activity_regularizer()) {
      config.problem(fmt::format("{} has an activity_regularizer; only null is supported", key));
    }
  } else {
    config.problem(made.error().message);
  }
  return wrapped;
}

nlohmann::json WrappedLayer::to_json() const {
  auto config = layer->config();
  if (!name.empty()) config["name"] = name;
  if (!trainable) config["trainable"] = false;
  return {{"class_name", class_name}, {"config", std::move(config)}};
}

std::vector<VariableSpec> WrappedLayer::variables(std::string_view scope) const {
  auto variables = layer->variables();
  for (VariableSpec& variable : variables) {
    variable.scope =
        variable.scope.empty() ? std::string(scope) : fmt::format("{}/{}", scope, variable.scope);
    variable.trainable = variable.trainable && layer->trainable();
  }
  return variables;
}

}  // namespace dk::model
