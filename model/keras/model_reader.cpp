// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/model_reader.hpp"

#include "model/config_reader.hpp"
#include "model/registry.hpp"

namespace dk::model {
namespace {

using nlohmann::json;

constexpr std::size_t kMostLayers = 10'000;
constexpr std::size_t kMostCalls = 20'000;
constexpr std::size_t kMostAxes = 16;
constexpr std::size_t kMostNameBytes = 255;
constexpr std::size_t kDeepestModels = 16;

bool is_model(std::string_view class_name) {
  return class_name == "Sequential" || class_name == "Functional" || class_name == "Model";
}

}  // namespace

Result<std::optional<std::string>> name_in(const json& config, const std::string& where) {
  const auto name = config.find("name");
  if (name == config.end() || name->is_null()) return std::optional<std::string>();
  if (!name->is_string()) {
    return fail(Errc::kInvalid, "{}: name is {}; it must be a string", where, show(*name));
  }
  auto text = name->get<std::string>();
  const bool path = text.find('/') != std::string::npos || text.find('\0') != std::string::npos;
  if (text.empty() || text.size() > kMostNameBytes || path || text == "." || text == "..") {
    return fail(Errc::kInvalid, "{}: name is {}; it must have from 1 to {} bytes and no /", where,
                show(*name), kMostNameBytes);
  }
  return std::optional(std::move(text));
}

Result<Shape> read_shape(const json& sizes, bool has_batch_axis, const std::string& where) {
  if (!sizes.is_array() || sizes.size() > kMostAxes) {
    return fail(Errc::kInvalid, "{} is {}; it must be a list of at most {} sizes", where,
                show(sizes), kMostAxes);
  }
  Shape shape;
  for (std::size_t axis = 0; axis < sizes.size(); ++axis) {
    const json& size = sizes[axis];
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
  if (sizes.size() == (has_batch_axis ? 1 : 0)) {
    return fail(Errc::kInvalid, "{} has no axis for the samples' values", where);
  }
  if (auto count = element_count(shape); !count) return fail_in(where, count.error());
  return shape;
}

Result<Architecture> ModelReader::model(const json& object, const std::string& where) {
  ConfigReader reader(object, where);
  const json* class_name = reader.find("class_name");
  const json* config = reader.find("config");
  reader.ignore({"keras_version", "backend", "module", "registered_name", "build_config",
                 "compile_config", "name", "shared_object_id"});
  if (class_name == nullptr) {
    reader.problem("no Keras model: class_name is missing");
  } else if (!class_name->is_string() || !is_model(class_name->get<std::string>())) {
    reader.problem(fmt::format("unknown model class {}; supported: Sequential, Functional, Model",
                               show(*class_name)));
  }
  if (config == nullptr) reader.problem("config is missing");
  DK_TRY(reader.finish());
  DK_TRY(check_not_custom(object, where));
  if (depth_ >= kDeepestModels) {
    return fail(Errc::kInvalid, "{}: models nested deeper than {}", where, kDeepestModels);
  }
  ++depth_;
  auto architecture =
      *class_name == "Sequential" ? sequential(*config, where) : functional(*config, where);
  --depth_;
  if (architecture) DK_TRY(count_calls(*architecture, where));
  return architecture;
}

Result<void> ModelReader::count_calls(const Architecture& architecture, const std::string& where) {
  std::size_t calls = 0;
  for (const CallSpec& call : architecture.calls) {
    const LayerSpec& layer = architecture.layers[call.layer];
    calls += layer.model == nullptr ? 1 : flat_calls_[layer.model.get()] + 1;
    if (calls > kMostCalls) {
      return fail(Errc::kInvalid, "{}: the model calls layers more than {} times", where,
                  kMostCalls);
    }
  }
  last_calls_ = calls;
  return {};
}

Result<LayerSpec> ModelReader::layer(std::string class_name, json config, std::string where) {
  if (++layers_ > kMostLayers) {
    return fail(Errc::kInvalid, "{}: more than {} layers", where, kMostLayers);
  }
  LayerSpec spec;
  if (is_model(class_name)) {
    const json object = {{"class_name", class_name}, {"config", std::move(config)}};
    DK_TRY_ASSIGN(auto nested, model(object, where));
    spec.class_name = nested.sequential ? "Sequential" : "Functional";
    spec.name = nested.name;
    spec.trainable = nested.trainable;
    spec.model = std::make_shared<const Architecture>(std::move(nested));
    flat_calls_[spec.model.get()] = last_calls_;
    return spec;
  }
  DK_TRY(modernize(class_name, config, origin_, where));
  DK_TRY_ASSIGN(const auto name, name_in(config, where));
  if (name) spec.name = *name;
  DK_TRY_ASSIGN(const auto made, make_layer(class_name, config, std::move(where)));
  spec.class_name = std::move(class_name);
  spec.config = full_config(*made);
  spec.trainable = made->trainable();
  return spec;
}

Result<InputSpec> ModelReader::input_layer(const json& given, const std::string& where) {
  json config = given;
  std::string class_name = "InputLayer";
  DK_TRY(modernize(class_name, config, origin_, where));
  ConfigReader reader(config, where);
  const json* shapes[] = {reader.find("batch_shape"), reader.find("batch_input_shape"),
                          reader.find("input_shape"), reader.find("shape")};
  InputSpec input;
  input.dtype = reader.choice("dtype", "float32",
                              {"float32", "float16", "bfloat16", "float64", "int8", "uint8",
                               "int16", "uint16", "int32", "uint32", "int64", "uint64", "bool"});
  reader.ignore({"name", "input_dtype"});
  reader.only("sparse", false);
  reader.only("ragged", false);
  reader.only("optional", false);
  reader.only_null({"type_spec", "batch_size", "input_tensor"});
  DK_TRY(reader.finish());
  DK_TRY_ASSIGN(const auto name, name_in(config, where));
  input.name = name.value_or("");
  for (std::size_t i = 0; i < std::size(shapes); ++i) {
    if (shapes[i] == nullptr || shapes[i]->is_null()) continue;
    DK_TRY_ASSIGN(input.shape, read_shape(*shapes[i], i < 2, where + ": its shape"));
    return input;
  }
  return fail(Errc::kInvalid, "{}: batch_shape is missing", where);
}

Result<Architecture> ModelReader::sequential(const json& config, const std::string& where) {
  SequentialReader builder(*this, where);
  const json* layers = &config;
  const json* build_shape = nullptr;
  bool trainable = true;
  if (!config.is_array()) {  // As since Keras 2.2.3.
    json dtype = config.is_object() ? config.value("dtype", json()) : json();
    std::string class_name = "Sequential";
    json wrapped = {{"dtype", std::move(dtype)}};
    DK_TRY(modernize(class_name, wrapped, origin_, where));
    ConfigReader reader(config, fmt::format("{}: Sequential", where));
    layers = reader.find("layers");
    build_shape = reader.find("build_input_shape");
    trainable = reader.boolean("trainable", true);
    reader.ignore({"name", "dtype"});
    if (wrapped["dtype"] != nullptr && wrapped["dtype"] != "float32") {
      reader.problem(
          fmt::format("dtype is {}; only \"float32\" is supported", show(wrapped["dtype"])));
    }
    DK_TRY(reader.finish());
    DK_TRY_ASSIGN(const auto name, name_in(config, where));
    builder.set_name(name.value_or("sequential"));
  }
  if (layers == nullptr || !layers->is_array()) {
    return fail(Errc::kInvalid, "{}: the model's config has no list of layers", where);
  }
  std::size_t number = 0;
  for (const json& entry : *layers) {
    const auto at = fmt::format("{}: layer {}", where, ++number);
    ConfigReader reader(entry, at);
    const json* class_name = reader.find("class_name");
    const json* layer_config = reader.find("config");
    reader.ignore({"module", "registered_name", "build_config", "name", "shared_object_id"});
    if (class_name == nullptr) reader.problem("class_name is missing");
    if (layer_config == nullptr) reader.problem("config is missing");
    DK_TRY(reader.finish());
    DK_TRY(check_not_custom(entry, at));
    DK_TRY(builder.add(*class_name, *layer_config));
  }
  if (!builder.has_input() && build_shape != nullptr && !build_shape->is_null()) {
    const auto at = fmt::format("{}: build_input_shape", where);
    DK_TRY_ASSIGN(auto shape, read_shape(*build_shape, true, at));
    DK_TRY(builder.set_input(std::move(shape), at));
  }
  DK_TRY_ASSIGN(auto architecture, std::move(builder).finish());
  architecture.trainable = trainable;
  return architecture;
}

}  // namespace dk::model
