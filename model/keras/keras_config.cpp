// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/keras_config.hpp"

#include "model/config_reader.hpp"
#include "model/registry.hpp"

namespace dk::model {
namespace {

using nlohmann::json;

constexpr std::size_t kDeepest = 64;

bool is_text(const json* value) {
  return value != nullptr && value->is_string();
}

const json* member(const json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

std::string text_of(const json& object, const char* key) {
  const json* value = member(object, key);
  return is_text(value) ? value->get<std::string>() : std::string();
}

class Modernizer {
 public:
  Modernizer(const KerasOrigin& origin, const std::string& where)
      : origin_(origin), where_(where) {}

  Result<void> layer(std::string& class_name, json& config, std::size_t depth) {
    rename_keras_1(class_name, config);
    if (class_name == "GRU" && origin_.old_gru && !config.contains("reset_after")) {
      config["reset_after"] = false;
    }
    return members(config, depth);
  }

 private:
  Result<void> members(json& object, std::size_t depth) {
    for (auto& [key, member] : object.items()) DK_TRY(value(key, member, depth + 1));
    return {};
  }

  Result<void> value(std::string_view key, json& value, std::size_t depth) {
    if (depth > kDeepest) {
      return fail(Errc::kInvalid, "{}: the config is nested deeper than {}", where_, kDeepest);
    }
    if (value.is_array()) {
      for (json& element : value) DK_TRY(this->value(key, element, depth + 1));
    } else if (value.is_object()) {
      if (value.contains("class_name")) return object(key, value, depth);
      return members(value, depth);
    } else if (origin_.keras_3 && key.ends_with("activation") && value == "hard_sigmoid") {
      value = "hard_sigmoid_keras_3";
    }
    return {};
  }

  /// One of Keras' serialized objects.
  Result<void> object(std::string_view key, json& object, std::size_t depth);
  Result<void> function(json& object);

  const KerasOrigin& origin_;
  const std::string& where_;
};

Result<void> Modernizer::function(json& object) {
  const std::string module = text_of(object, "module");
  const json* name = member(object, "config");
  if (!is_text(name) || !module.starts_with("keras")) {
    return fail(Errc::kInvalid, "{}: a function of its own, {}; only Keras' own are supported",
                where_, is_text(name) ? show(*name) : object.at("class_name").dump());
  }
  object = json(*name);
  return {};
}

Result<void> Modernizer::object(std::string_view key, json& object, std::size_t depth) {
  const std::string class_name = text_of(object, "class_name");
  if (class_name == "__tuple__" || class_name == "TensorShape") {
    object = json(object.value("items", json::array()));
    return value(key, object, depth + 1);
  }
  if (class_name == "__lambda__" || class_name == "function") {
    DK_TRY(function(object));
    return value(key, object, depth + 1);
  }
  const json* config = member(object, "config");
  if (class_name == "__numpy__" || class_name == "__tensor__") {
    object =
        config != nullptr && config->is_object() ? json(config->value("value", json())) : json();
    return {};
  }
  if (key == "dtype" && config != nullptr && config->is_object()) {
    object = json(config->value("name", json()));
    return {};
  }
  DK_TRY(check_not_custom(object, where_));
  for (const char* unneeded : {"module", "registered_name", "build_config", "shared_object_id"}) {
    object.erase(unneeded);
  }
  if (config == nullptr || !config->is_object()) return {};
  const bool is_layer = key.ends_with("layer") || key == "layers";
  if (!is_layer) return members(object["config"], depth + 1);
  std::string renamed = class_name;
  DK_TRY(layer(renamed, object["config"], depth + 1));
  object["class_name"] = renamed;
  return {};
}

}  // namespace

KerasOrigin origin_of(const json& root, std::string_view version) {
  KerasOrigin origin;
  if (!root.is_object()) return origin;
  const std::string own = text_of(root, "keras_version");
  const std::string_view by = own.empty() ? version : std::string_view(own);
  origin.keras_3 = root.contains("module") || by.starts_with("3.");
  origin.old_gru = by.starts_with("1.") || by.starts_with("2.0.");
  return origin;
}

Result<void> check_not_custom(const json& object, const std::string& where) {
  const json* module = member(object, "module");
  const json* registered = member(object, "registered_name");
  const std::string class_name = text_of(object, "class_name");
  const bool foreign = is_text(module) && !text_of(object, "module").starts_with("keras") &&
                       !text_of(object, "module").starts_with("tf_keras");
  const bool renamed = is_text(registered) && *registered != class_name;
  if (!foreign && !renamed) return {};
  return fail(Errc::kInvalid, "{}: {} is a custom class ({}); supported layers: {}", where,
              show(object.value("class_name", json())), show(renamed ? *registered : *module),
              listed(known_layers()));
}

Result<void> modernize(std::string& class_name, json& config, const KerasOrigin& origin,
                       const std::string& where) {
  return Modernizer(origin, where).layer(class_name, config, 0);
}

}  // namespace dk::model
