// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/model_reader.hpp"

#include "model/config_reader.hpp"
#include "model/registry.hpp"

#include <cctype>

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

/// The name in a config, checked; nothing when there is none.
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

}  // namespace

std::string snake_case(std::string_view class_name) {
  // Keras: an underscore between a letter or digit and a capital with small letters behind it, and
  // between a small letter or digit and a capital.
  const auto upper = [](char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; };
  const auto lower = [](char c) { return std::islower(static_cast<unsigned char>(c)) != 0; };
  std::string first;
  for (std::size_t i = 0; i < class_name.size(); ++i) {
    const bool word =
        i > 0 && upper(class_name[i]) && i + 1 < class_name.size() && lower(class_name[i + 1]);
    if (word) first += '_';
    first += class_name[i];
  }
  std::string name;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (i > 0 && upper(first[i]) && lower(first[i - 1])) name += '_';
    name += static_cast<char>(std::tolower(static_cast<unsigned char>(first[i])));
  }
  return name;
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
  spec.config = made->config();
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

std::string SequentialReader::automatic_name(const std::string& class_name) {
  const std::string base = snake_case(class_name);
  for (;;) {
    const std::size_t index = named_[base]++;
    auto name = index == 0 ? base : fmt::format("{}_{}", base, index);
    if (!names_.contains(name)) return name;
  }
}

Result<void> SequentialReader::add(const json& class_name, const json& config) {
  std::string where = fmt::format("{}: layer {}", source_, architecture_.layers.size() + 1);
  if (!class_name.is_string()) {
    return fail(Errc::kInvalid, "{}: class_name is {}; it must be a string", where,
                show(class_name));
  }
  const auto type = class_name.get<std::string>();
  if (!config.is_object() && !(type == "Sequential" && config.is_array())) {
    return fail(Errc::kInvalid, "{} ({}): the config is {}; it must be an object", where, type,
                show(config));
  }
  if (type == "InputLayer") return add_input(config, where + " (InputLayer)");
  std::string name;
  if (config.is_object()) {
    DK_TRY_ASSIGN(const auto given, name_in(config, fmt::format("{} ({})", where, type)));
    name = given.value_or("");
  }
  if (name.empty()) name = automatic_name(type);
  where += fmt::format(" '{}' ({})", name, type);
  if (!names_.insert(name).second) {
    return fail(Errc::kInvalid, "{}: another layer has this name", where);
  }
  DK_TRY_ASSIGN(auto spec, reader_.layer(type, config, where));
  spec.name = std::move(name);
  if (spec.model == nullptr) {
    DK_TRY(find_input(config, where));
  } else if (!has_input() && architecture_.layers.empty()) {
    if (spec.model->inputs.size() != 1) {
      return fail(Errc::kInvalid, "{}: a model of {} inputs in a Sequential", where,
                  spec.model->inputs.size());
    }
    input_ = spec.model->inputs.front();
  }
  architecture_.inputs.resize(1);  // Calls are counted on from it; finish() says what it is.
  architecture_.append(std::move(spec));
  return {};
}

Result<void> SequentialReader::add_input(const json& config, const std::string& where) {
  if (!architecture_.layers.empty() || has_input()) {
    return fail(Errc::kInvalid, "{}: only the first layer can be the input", where);
  }
  DK_TRY_ASSIGN(input_, reader_.input_layer(config, where));
  return {};
}

Result<void> SequentialReader::find_input(const json& config, const std::string& where) {
  for (const char* key : {"batch_input_shape", "batch_shape", "input_shape"}) {
    const auto sizes = config.find(key);
    if (sizes == config.end() || sizes->is_null()) continue;
    if (!has_input() && !architecture_.layers.empty()) {
      return fail(Errc::kInvalid, "{}: only the first layer can have {}", where, key);
    }
    const auto at = fmt::format("{}: {}", where, key);
    json plain = {{"shape", *sizes}};
    std::string class_name = "InputLayer";
    DK_TRY(modernize(class_name, plain, {}, where));
    DK_TRY_ASSIGN(auto shape,
                  read_shape(plain["shape"], std::string_view(key) != "input_shape", at));
    DK_TRY(set_input(std::move(shape), at));
  }
  return {};
}

Result<void> SequentialReader::set_input(Shape shape, const std::string& where) {
  if (has_input() && shape != input_->shape) {
    // Keras repeats the model's input shape in the first layer; anywhere else it means nothing.
    return fail(Errc::kInvalid, "{} is {}, but the model's input is {}", where, to_string(shape),
                to_string(input_->shape));
  }
  if (!has_input()) input_ = InputSpec{"", std::move(shape)};
  return {};
}

Result<Architecture> SequentialReader::finish() && {
  if (architecture_.layers.empty()) {
    return fail(Errc::kInvalid, "{}: the model has no layers", source_);
  }
  if (!has_input()) {
    return fail(Errc::kInvalid,
                "{}: the input's shape is missing; give the first layer an input_shape, such as "
                "[784]",
                source_);
  }
  if (input_->name.empty()) input_->name = architecture_.layers.front().name + "_input";
  architecture_.inputs.front() = std::move(*input_);
  return std::move(architecture_);
}

}  // namespace dk::model
