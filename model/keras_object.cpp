// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras_object.hpp"

#include "model/config_reader.hpp"

namespace dk::model {
namespace {

std::string plain(std::string_view name) {
  std::string letters;
  for (const char c : name) {
    if (c == '_') continue;
    letters += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return letters;
}

bool is_of_keras(const std::string& module) {
  for (const std::string_view package : {"keras", "tf_keras", "tensorflow.keras", "tf.keras"}) {
    if (module == package) return true;
    if (module.starts_with(package) && module[package.size()] == '.') return true;
  }
  return false;
}

Result<KerasObject> read_serialized(const nlohmann::json& json, std::string_view what) {
  KerasObject object;
  ConfigReader reader(json, std::string(what));
  object.name = reader.text("class_name", "");
  const nlohmann::json* config = reader.find("config");
  if (config != nullptr && !config->is_null()) {
    if (config->is_object()) {
      object.config = *config;
    } else {
      reader.problem(fmt::format("config is {}; it must be an object", show(*config)));
    }
  }
  const nlohmann::json* module = reader.find("module");
  if (module != nullptr && !module->is_null() &&
      !(module->is_string() && is_of_keras(module->get<std::string>()))) {
    reader.problem(fmt::format("{} is of the module {}; only Keras' own are supported",
                               show(object.name), show(*module)));
  }
  reader.ignore({"registered_name", "build_config", "shared_object_id"});
  DK_TRY(reader.finish());
  constexpr std::string_view kPackage = "Custom>";
  if (object.name.starts_with(kPackage)) object.name.erase(0, kPackage.size());
  return object;
}

}  // namespace

Result<KerasObject> read_keras_object(const nlohmann::json& json, std::string_view what,
                                      std::span<const std::string> known) {
  if (json.is_string()) return KerasObject{json.get<std::string>()};
  if (json.is_object() && json.contains("class_name")) return read_serialized(json, what);
  if (!json.is_object()) {
    return fail(Errc::kInvalid, "{}: expected a name or an object of settings, not {}", what,
                show(json));
  }
  const auto name = json.find("name");
  if (name == json.end()) {
    return fail(Errc::kInvalid, "{}: name is missing; supported: {}", what, listed(known));
  }
  if (!name->is_string()) {
    return fail(Errc::kInvalid, "{}: name is {}; it must be a string", what, show(*name));
  }
  KerasObject object{name->get<std::string>(), json};
  object.config.erase("name");
  return object;
}

bool same_name(std::string_view a, std::string_view b) {
  return plain(a) == plain(b);
}

nlohmann::json keras_object(std::string_view module, std::string_view class_name,
                            nlohmann::json config) {
  return {{"module", module},
          {"class_name", class_name},
          {"config", std::move(config)},
          {"registered_name", nullptr}};
}

tl::unexpected<Error> unknown_name(std::string_view what, std::string_view name,
                                   std::span<const std::string> known) {
  return fail(Errc::kInvalid, "{}: unknown name {}{}; supported: {}", what, show(std::string(name)),
              suggestion(name, known), listed(known));
}

}  // namespace dk::model
