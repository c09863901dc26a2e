// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/read_json.hpp"

#include "model/config_reader.hpp"
#include "model/keras/model_reader.hpp"

namespace dk::model {
namespace {

using nlohmann::json;

constexpr std::size_t kDeepest = 64;

bool deeper_than(const json& value, std::size_t most) {
  if (!value.is_structured()) return false;
  if (most == 0) return true;
  for (const json& element : value) {
    if (deeper_than(element, most - 1)) return true;
  }
  return false;
}

/// `{"LSTM": {"units": 4}}` or `"Flatten"` as Keras writes it.
bool is_short(const json& layer) {
  return layer.is_string() ||
         (layer.is_object() && layer.size() == 1 && !layer.contains("class_name"));
}

json long_form(const json& layer) {
  if (layer.is_string()) return {{"class_name", layer}, {"config", json::object()}};
  const json& config = layer.begin().value();
  return {{"class_name", layer.begin().key()},
          {"config", config.is_null() ? json::object() : config}};
}

}  // namespace

json with_long_wrapped(json config) {
  if (!config.is_object()) return config;
  for (const char* key : {"layer", "backward_layer"}) {
    const auto wrapped = config.find(key);
    if (wrapped == config.end() || !is_short(*wrapped)) continue;
    json object = long_form(*wrapped);
    object["config"] = with_long_wrapped(std::move(object["config"]));
    *wrapped = std::move(object);
  }
  return config;
}

Result<Architecture> read_keras_model(const json& root, std::string_view source,
                                      std::string_view version) {
  ModelReader reader{std::string(source), origin_of(root, version)};
  return reader.model(root, std::string(source));
}

Result<Architecture> read_keras_json(std::string_view text, std::string_view source) {
  DK_TRY_ASSIGN(const json root, parse_json(text, source));
  return read_keras_model(root, source);
}

Result<Architecture> read_layer_list(const json& list, std::string_view source) {
  if (!list.is_array()) {
    return fail(Errc::kInvalid, "{}: expected a list of layers, not {}", source, show(list));
  }
  if (deeper_than(list, kDeepest)) {
    return fail(Errc::kInvalid, "{}: the layers are nested deeper than {}", source, kDeepest);
  }
  ModelReader reader{std::string(source), {}};
  SequentialReader builder(reader, std::string(source));
  std::size_t number = 0;
  for (const json& entry : list) {
    ++number;
    if (!is_short(entry)) {
      return fail(Errc::kInvalid,
                  "{}: layer {} is {}; it must be one class name with its config, such as "
                  "{{\"Dense\": {{\"units\": 10}}}}",
                  source, number, show(entry));
    }
    const json layer = long_form(entry);
    DK_TRY(builder.add(layer["class_name"], with_long_wrapped(layer["config"])));
  }
  return std::move(builder).finish();
}

}  // namespace dk::model
