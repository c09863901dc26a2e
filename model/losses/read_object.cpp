// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/losses/read_object.hpp"

namespace dk::model {
namespace {

using nlohmann::json;

bool is_class_of(const json& object, std::string_view class_name) {
  if (!object.is_object()) return false;
  const auto found = object.find("class_name");
  return found != object.end() && *found == class_name;
}

/// The name of a function in Keras' spellings, or nullptr.
const json* function_name(const json& function) {
  if (function.is_string()) return &function;
  if (!is_class_of(function, "function")) return nullptr;
  const auto name = function.find("config");
  return name != function.end() && name->is_string() ? &*name : nullptr;
}

}  // namespace

Result<KerasObject> read_function_object(const json& value, std::string_view what,
                                         std::span<const std::string> known) {
  if (const json* name = function_name(value)) return KerasObject{name->get<std::string>()};
  DK_TRY_ASSIGN(KerasObject object, read_keras_object(value, what, known));
  const auto function = object.config.find("fn");
  if (function == object.config.end()) return object;
  const json* name = function_name(*function);
  if (name == nullptr) {
    return fail(Errc::kInvalid, "{}: fn of {} is {}; it must be the name of a function", what,
                object.name, show(*function));
  }
  if (object.name == "LossFunctionWrapper" || object.name == "MeanMetricWrapper") {
    object.name = name->get<std::string>();
  } else if (!same_name(object.name, name->get<std::string>())) {
    return fail(Errc::kInvalid, "{}: fn of {} is {}; only its own is supported", what, object.name,
                show(*name));
  }
  object.config.erase(function);
  return object;
}

void read_dtype(ConfigReader& config) {
  const json* dtype = config.find("dtype");
  if (dtype == nullptr || dtype->is_null()) return;
  const json* name = dtype;
  if (is_class_of(*dtype, "DTypePolicy") && dtype->contains("config")) {
    const json& policy = *dtype->find("config");
    if (policy.is_object() && policy.contains("name")) name = &*policy.find("name");
  }
  if (*name != "float32") {
    config.problem(fmt::format("dtype is {}; only \"float32\" is supported", show(*name)));
  }
}

}  // namespace dk::model
