// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/write_json.hpp"

#include "model/config_reader.hpp"

#include <algorithm>

namespace dk::model {
namespace {

using nlohmann::json;

json batch_shape(const Shape& sample) {
  json shape = json::array({nullptr});
  for (const std::size_t axis : sample) shape.push_back(axis);
  return shape;
}

class ModelWriter {
 public:
  /// Not `exact`: a Keras may not know every word.
  ModelWriter(const Architecture& architecture, KerasGeneration generation, bool exact)
      : model_(architecture), keras_3_(generation == KerasGeneration::kKeras3), exact_(exact) {}

  Result<json> object();

 private:
  Result<json> config();
  Result<json> layer(const LayerSpec& spec) const;
  Result<json> layer_config(const LayerSpec& spec) const;
  json input(const InputSpec& input) const;
  json wrap(const char* module, std::string_view class_name, json config) const;
  void number_calls();
  json history(const TensorRef& tensor) const;
  json tensor(const TensorRef& tensor) const;
  json node(const CallSpec& call) const;
  json node_2(const CallSpec& call) const;
  json node_3(const CallSpec& call) const;
  json ends(const std::vector<TensorRef>& tensors) const;

  const Architecture& model_;
  bool keras_3_;
  bool exact_;
  std::vector<std::size_t> call_numbers_;  ///< Among its layer's calls, as Keras counts them.
};

json ModelWriter::wrap(const char* module, std::string_view class_name, json config) const {
  json object = {{"class_name", class_name}, {"config", std::move(config)}};
  if (keras_3_) {
    object["module"] = module;
    object["registered_name"] = nullptr;
  }
  return object;
}

Result<json> ModelWriter::object() {
  DK_TRY_ASSIGN(auto own, config());
  return wrap("keras", model_.sequential ? "Sequential" : "Functional", std::move(own));
}

json ModelWriter::input(const InputSpec& input) const {
  json config = {{"dtype", input.dtype}, {"name", input.name}, {"sparse", false}};
  config[keras_3_ ? "batch_shape" : "batch_input_shape"] = batch_shape(input.shape);
  if (!keras_3_) config["ragged"] = false;
  return wrap("keras.layers", "InputLayer", std::move(config));
}

/// Both generations have a hard_sigmoid, and they differ.
Result<void> translate_activations(json& value, bool keras_3, const std::string& layer) {
  if (value.is_structured()) {
    for (json& element : value) DK_TRY(translate_activations(element, keras_3, layer));
    return {};
  }
  if (value == (keras_3 ? "hard_sigmoid" : "hard_sigmoid_keras_3")) {
    return fail(Errc::kInvalid, "layer '{}': {} has no {}; write {}", layer,
                keras_3 ? "Keras 3" : "Keras 2",
                keras_3 ? "hard_sigmoid of Keras 2, clip(0.2 x + 0.5, 0, 1)"
                        : "hard_sigmoid of Keras 3, relu6(x + 3) / 6",
                keras_3 ? "a .h5 file" : "a .keras file");
  }
  if (value == "hard_sigmoid_keras_3") value = "hard_sigmoid";
  return {};
}

void rename(json& config, const char* from, const char* to) {
  if (!config.contains(from)) return;
  json value = config[from];
  config.erase(from);
  config[to] = std::move(value);
}

Result<json> ModelWriter::layer_config(const LayerSpec& spec) const {
  json config = spec.config;
  config["name"] = spec.name;
  config["dtype"] = "float32";
  config["trainable"] = spec.trainable;
  if (!exact_) return config;
  DK_TRY(translate_activations(config, keras_3_, spec.name));
  if (spec.class_name == "LeakyReLU") {
    if (keras_3_) rename(config, "alpha", "negative_slope");
    if (!keras_3_) rename(config, "negative_slope", "alpha");
  }
  if (keras_3_ && spec.class_name == "ThresholdedReLU") {
    return fail(Errc::kInvalid, "layer '{}': Keras 3 has no ThresholdedReLU; write a .h5 file",
                spec.name);
  }
  return config;
}

Result<json> ModelWriter::layer(const LayerSpec& spec) const {
  if (spec.model == nullptr) {
    DK_TRY_ASSIGN(auto config, layer_config(spec));
    return wrap("keras.layers", spec.class_name, std::move(config));
  }
  ModelWriter nested(*spec.model, keras_3_ ? KerasGeneration::kKeras3 : KerasGeneration::kKeras2,
                     exact_);
  DK_TRY_ASSIGN(auto object, nested.object());
  object["config"]["name"] = spec.name;
  object["config"]["trainable"] = spec.trainable;
  return object;
}

/// In Keras 2 the first call of any model is how it was made, in Keras 3 of a Functional.
void ModelWriter::number_calls() {
  std::vector<std::size_t> next(model_.layers.size());
  for (std::size_t i = 0; i < next.size(); ++i) {
    const auto& nested = model_.layers[i].model;
    next[i] = nested != nullptr && !(keras_3_ && nested->sequential) ? 1 : 0;
  }
  for (const CallSpec& call : model_.calls) call_numbers_.push_back(next[call.layer]++);
}

json ModelWriter::history(const TensorRef& tensor) const {
  if (tensor.source < model_.inputs.size()) {
    return json::array({model_.inputs[tensor.source].name, 0, 0});
  }
  const std::size_t call = tensor.source - model_.inputs.size();
  return json::array(
      {model_.layers[model_.calls[call].layer].name, call_numbers_[call], tensor.output});
}

json ModelWriter::tensor(const TensorRef& tensor) const {
  // Keras finds the tensor by its history; the shape only has to be one.
  const bool is_input = tensor.source < model_.inputs.size();
  const json shape =
      is_input ? batch_shape(model_.inputs[tensor.source].shape) : json::array({nullptr});
  return {{"class_name", "__keras_tensor__"},
          {"config", {{"dtype", "float32"}, {"keras_history", history(tensor)}, {"shape", shape}}}};
}

json ModelWriter::node_2(const CallSpec& call) const {
  json node = json::array();
  for (const TensorRef& input : call.inputs) {
    json entry = history(input);
    entry.push_back(json::object());
    node.push_back(std::move(entry));
  }
  if (model_.layers[call.layer].class_name != "MultiHeadAttention") return node;
  json arguments = {{"value", history(call.inputs.at(1))}};
  if (call.inputs.size() > 2) arguments["key"] = history(call.inputs[2]);
  node.erase(node.begin() + 1, node.end());
  node[0][3] = std::move(arguments);
  return node;
}

json ModelWriter::node_3(const CallSpec& call) const {
  const std::string& name = model_.layers[call.layer].class_name;
  json tensors = json::array();
  for (const TensorRef& input : call.inputs) tensors.push_back(tensor(input));
  json arguments = json::object();
  const bool recurrent =
      name == "LSTM" || name == "GRU" || name == "SimpleRNN" || name == "Bidirectional";
  if (recurrent && tensors.size() > 1) {
    arguments["initial_state"] = json(tensors.begin() + 1, tensors.end());
    tensors.erase(tensors.begin() + 1, tensors.end());
  } else if (tensors.size() > 1 && name != "MultiHeadAttention") {
    tensors = json::array({std::move(tensors)});
  }
  return {{"args", std::move(tensors)}, {"kwargs", std::move(arguments)}};
}

json ModelWriter::node(const CallSpec& call) const {
  return keras_3_ ? node_3(call) : node_2(call);
}

json ModelWriter::ends(const std::vector<TensorRef>& tensors) const {
  json list = json::array();
  for (const TensorRef& tensor : tensors) list.push_back(history(tensor));
  return keras_3_ && list.size() == 1 ? list[0] : list;
}

Result<json> ModelWriter::config() {
  number_calls();
  json layers = json::array();
  for (const InputSpec& spec : model_.inputs) {
    layers.push_back(input(spec));
    if (model_.sequential) continue;
    layers.back()["name"] = spec.name;
    layers.back()["inbound_nodes"] = json::array();
  }
  for (const LayerSpec& spec : model_.layers) {
    DK_TRY_ASSIGN(auto object, layer(spec));
    if (!model_.sequential) {
      object["name"] = spec.name;
      object["inbound_nodes"] = json::array();
    }
    layers.push_back(std::move(object));
  }
  json config = {{"name", model_.name}, {"trainable", model_.trainable}};
  if (!model_.sequential) {
    for (const CallSpec& call : model_.calls) {
      layers[model_.inputs.size() + call.layer]["inbound_nodes"].push_back(node(call));
    }
    std::vector<TensorRef> inputs(model_.inputs.size());
    for (std::uint32_t i = 0; i < inputs.size(); ++i) inputs[i].source = i;
    config["input_layers"] = ends(inputs);
    config["output_layers"] = ends(model_.outputs);
  } else if (!keras_3_ && model_.trainable) {
    config.erase("trainable");
  }
  config["layers"] = std::move(layers);
  return config;
}

}  // namespace

const char* keras_version(KerasGeneration generation) {
  return generation == KerasGeneration::kKeras3 ? "3.0.0" : "2.11.0";
}

Result<json> keras_model_json(const Architecture& architecture, KerasGeneration generation) {
  return ModelWriter(architecture, generation, true).object();
}

std::string write_keras_json(const Architecture& architecture) {
  auto root = ModelWriter(architecture, KerasGeneration::kKeras2, false).object();
  // Only what another Keras does not know can be refused, and that is let pass.
  json text = root ? std::move(*root) : json();
  text["backend"] = "tensorflow";
  text["keras_version"] = keras_version(KerasGeneration::kKeras2);
  return text.dump(-1, ' ', /*ensure_ascii=*/false, json::error_handler_t::replace);
}

}  // namespace dk::model
