// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/config_reader.hpp"
#include "model/keras/model_reader.hpp"

namespace dk::model {

using nlohmann::json;

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
  if (name.empty()) name = names_.automatic(type);
  where += fmt::format(" '{}' ({})", name, type);
  DK_TRY_ASSIGN(auto spec, reader_.layer(type, config, where));
  spec.name = std::move(name);
  if (spec.model == nullptr) DK_TRY(find_input(config, where));
  return append(std::move(spec), where);
}

Result<void> SequentialReader::add(std::shared_ptr<const Architecture> model) {
  LayerSpec spec;
  spec.class_name = model->sequential ? "Sequential" : "Functional";
  spec.name = model->name;
  spec.trainable = model->trainable;
  spec.model = std::move(model);
  const auto where = fmt::format("{}: layer {} '{}' ({})", source_, architecture_.layers.size() + 1,
                                 spec.name, spec.class_name);
  return append(std::move(spec), where);
}

Result<void> SequentialReader::append(LayerSpec spec, const std::string& where) {
  if (!names_.take(spec.name)) {
    return fail(Errc::kInvalid, "{}: another layer has this name", where);
  }
  if (spec.model != nullptr && !has_input() && architecture_.layers.empty()) {
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

Result<void> SequentialReader::set_input(Shape shape, const std::string& where, std::string name) {
  if (has_input() && shape != input_->shape) {
    // Keras repeats the model's input shape in the first layer; anywhere else it means nothing.
    return fail(Errc::kInvalid, "{} is {}, but the model's input is {}", where, to_string(shape),
                to_string(input_->shape));
  }
  if (!has_input()) input_ = InputSpec{std::move(name), std::move(shape)};
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
