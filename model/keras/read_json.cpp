// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/read_json.hpp"

#include "model/config_reader.hpp"
#include "model/registry.hpp"

#include <cctype>
#include <map>

namespace dk::model {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxLayers = 10'000;
constexpr std::size_t kMaxAxes = 16;
constexpr std::size_t kMaxNameBytes = 255;

/// `InputLayer` -> `input_layer`, as Keras names layers.
std::string snake_case(std::string_view class_name) {
  std::string name;
  for (const char c : class_name) {
    const bool upper = std::isupper(static_cast<unsigned char>(c)) != 0;
    if (upper && !name.empty()) name += '_';
    name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return name;
}

/// Collects the layers one by one, in order.
class Builder {
 public:
  explicit Builder(std::string_view source) : source_(source) {}

  Result<void> add(const json& class_name, const json& config);
  Result<void> set_input_shape(const json& shape, bool has_batch_axis, const std::string& where);
  void set_name(std::string name) { architecture_.name = std::move(name); }
  [[nodiscard]] bool has_input_shape() const { return has_input_; }
  Result<Architecture> finish() &&;

 private:
  Result<void> add_input_layer(const json& config, const std::string& where);
  Result<void> read_input_shape(const json& config, const std::string& where);
  std::string automatic_name(const std::string& class_name);

  std::string source_;
  Architecture architecture_;
  bool has_input_ = false;
  std::map<std::string, std::size_t> named_;
};

std::string Builder::automatic_name(const std::string& class_name) {
  const std::string name = snake_case(class_name);
  const std::size_t index = named_[name]++;
  return index == 0 ? name : fmt::format("{}_{}", name, index);
}

Result<void> Builder::add(const json& class_name, const json& config) {
  const std::size_t number = architecture_.layers.size() + 1;
  std::string where = fmt::format("{}: layer {}", source_, number);
  if (number > kMaxLayers)
    return fail(Errc::kInvalid, "{}: more than {} layers", where, kMaxLayers);
  if (!class_name.is_string()) {
    return fail(Errc::kInvalid, "{}: class_name is {}; it must be a string", where,
                show(class_name));
  }
  const auto type = class_name.get<std::string>();
  if (!config.is_object()) {
    return fail(Errc::kInvalid, "{} ({}): the config is {}; it must be an object", where, type,
                show(config));
  }
  if (type == "InputLayer") return add_input_layer(config, where + " (InputLayer)");
  const json given = config.value("name", json());
  if (!given.is_null() && !given.is_string()) {
    return fail(Errc::kInvalid, "{} ({}): name is {}; it must be a string", where, type,
                show(given));
  }
  std::string name = given.is_string() ? given.get<std::string>() : automatic_name(type);
  if (name.empty() || name.size() > kMaxNameBytes) {
    return fail(Errc::kInvalid, "{} ({}): name is {}; it must have from 1 to {} bytes", where, type,
                show(given), kMaxNameBytes);
  }
  where += fmt::format(" '{}' ({})", name, type);
  DK_TRY_ASSIGN(const auto layer, make_layer(type, config, where));
  DK_TRY(read_input_shape(config, where));
  architecture_.layers.push_back({type, std::move(name), layer->config()});
  return {};
}

Result<void> Builder::add_input_layer(const json& config, const std::string& where) {
  if (!architecture_.layers.empty() || has_input_) {
    return fail(Errc::kInvalid, "{}: only the first layer can be the input", where);
  }
  ConfigReader reader(config, where);
  reader.ignore({"name", "batch_input_shape", "batch_shape", "input_shape"});
  reader.only("dtype", "float32");
  reader.only("sparse", false);
  reader.only("ragged", false);
  reader.only("optional", false);
  DK_TRY(reader.finish());
  DK_TRY(read_input_shape(config, where));
  if (!has_input_) return fail(Errc::kInvalid, "{}: batch_shape is missing", where);
  return {};
}

Result<void> Builder::read_input_shape(const json& config, const std::string& where) {
  for (const char* key : {"batch_input_shape", "batch_shape", "input_shape"}) {
    const auto shape = config.find(key);
    if (shape == config.end() || shape->is_null()) continue;
    if (!has_input_ && !architecture_.layers.empty()) {
      return fail(Errc::kInvalid, "{}: only the first layer can have {}", where, key);
    }
    DK_TRY(set_input_shape(*shape, std::string_view(key) != "input_shape",
                           fmt::format("{}: {}", where, key)));
  }
  return {};
}

Result<void> Builder::set_input_shape(const json& json_shape, bool has_batch_axis,
                                      const std::string& where) {
  if (!json_shape.is_array() || json_shape.size() > kMaxAxes) {
    return fail(Errc::kInvalid, "{} is {}; it must be a list of at most {} sizes", where,
                show(json_shape), kMaxAxes);
  }
  Shape shape;
  for (std::size_t axis = 0; axis < json_shape.size(); ++axis) {
    const json& size = json_shape[axis];
    if (axis == 0 && has_batch_axis) {
      if (size.is_null()) continue;
      return fail(Errc::kInvalid, "{} has a fixed batch size of {}; it must be null", where,
                  show(size));
    }
    if (!size.is_number_integer() || size < 1 || size > kMaxElements) {
      return fail(Errc::kInvalid, "{} has an axis of size {}; sizes are whole numbers from 1 to {}",
                  where, show(size), kMaxElements);
    }
    shape.push_back(size.get<std::size_t>());
  }
  if (json_shape.size() == (has_batch_axis ? 1 : 0)) {
    return fail(Errc::kInvalid, "{} has no axis for the samples' values", where);
  }
  if (auto count = element_count(shape); !count) return fail_in(where, count.error());
  if (has_input_ && shape != architecture_.input_shape) {
    // Keras repeats the model's input shape in the first layer; anywhere else it means nothing.
    return fail(Errc::kInvalid, "{} is {}, but the model's input is {}", where, to_string(shape),
                to_string(architecture_.input_shape));
  }
  architecture_.input_shape = std::move(shape);
  has_input_ = true;
  return {};
}

Result<Architecture> Builder::finish() && {
  if (architecture_.layers.empty()) {
    return fail(Errc::kInvalid, "{}: the model has no layers", source_);
  }
  if (!has_input_) {
    return fail(Errc::kInvalid,
                "{}: the input's shape is missing; give the first layer an input_shape, such as "
                "[784]",
                source_);
  }
  return std::move(architecture_);
}

Result<void> read_layers(const json* layers, std::string_view source, Builder& builder) {
  if (layers == nullptr || !layers->is_array()) {
    return fail(Errc::kInvalid, "{}: the model's config has no list of layers", source);
  }
  std::size_t number = 0;
  for (const json& entry : *layers) {
    ConfigReader reader(entry, fmt::format("{}: layer {}", source, ++number));
    const json* class_name = reader.find("class_name");
    const json* config = reader.find("config");
    reader.ignore({"module", "registered_name", "build_config", "name"});
    if (class_name == nullptr) reader.problem("class_name is missing");
    if (config == nullptr) reader.problem("config is missing");
    DK_TRY(reader.finish());
    DK_TRY(builder.add(*class_name, *config));
  }
  return {};
}

}  // namespace

Result<Architecture> read_keras_json(std::string_view text, std::string_view source) {
  DK_TRY_ASSIGN(const json root, parse_json(text, source));
  ConfigReader reader(root, std::string(source));
  const json* class_name = reader.find("class_name");
  const json* config = reader.find("config");
  reader.ignore({"keras_version", "backend", "module", "registered_name", "build_config",
                 "compile_config", "name"});
  if (class_name == nullptr) {
    reader.problem("no Keras model: class_name is missing");
  } else if (*class_name != "Sequential") {
    reader.problem(fmt::format("unknown model class {}; supported: Sequential", show(*class_name)));
  }
  if (config == nullptr) reader.problem("config is missing");
  DK_TRY(reader.finish());

  Builder builder(source);
  if (config->is_array()) {  // Keras up to 2.2.2
    DK_TRY(read_layers(config, source, builder));
    return std::move(builder).finish();
  }
  ConfigReader model(*config, fmt::format("{}: Sequential", source));
  builder.set_name(model.text("name", "sequential"));
  const json* layers = model.find("layers");
  const json* build_shape = model.find("build_input_shape");
  model.ignore({"dtype"});
  model.only("trainable", true);
  DK_TRY(model.finish());
  DK_TRY(read_layers(layers, source, builder));
  if (!builder.has_input_shape() && build_shape != nullptr && !build_shape->is_null()) {
    DK_TRY(
        builder.set_input_shape(*build_shape, true, fmt::format("{}: build_input_shape", source)));
  }
  return std::move(builder).finish();
}

Result<Architecture> read_layer_list(const json& list, std::string_view source) {
  if (!list.is_array()) {
    return fail(Errc::kInvalid, "{}: expected a list of layers, not {}", source, show(list));
  }
  static const json kNoConfig = json::object();
  Builder builder(source);
  std::size_t number = 0;
  for (const json& entry : list) {
    ++number;
    if (entry.is_string()) {
      DK_TRY(builder.add(entry, kNoConfig));
    } else if (entry.is_object() && entry.size() == 1) {
      const json& config = entry.begin().value();
      DK_TRY(builder.add(entry.begin().key(), config.is_null() ? kNoConfig : config));
    } else {
      return fail(Errc::kInvalid,
                  "{}: layer {} is {}; it must be one class name with its config, such as "
                  "{{\"Dense\": {{\"units\": 10}}}}",
                  source, number, show(entry));
    }
  }
  return std::move(builder).finish();
}

}  // namespace dk::model
