// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/call_reader.hpp"

#include "model/config_reader.hpp"

#include <algorithm>
#include <map>

namespace dk::model {
namespace {

using nlohmann::json;

constexpr std::size_t kMostInputs = 1'000;
constexpr std::uint32_t kMostIndex = 1'000'000;

bool is_index(const json& value) {
  return value.is_number_integer() && value >= 0 && value <= kMostIndex;
}

bool is_history(const json& value) {
  return value.is_array() && value.size() >= 3 && value.size() <= 4 && value[0].is_string() &&
         is_index(value[1]) && is_index(value[2]);
}

bool is_keras_3_tensor(const json& value) {
  return value.is_object() && value.contains("class_name") &&
         value["class_name"] == "__keras_tensor__";
}

/// Null, or lists of nothing but null.
bool is_nothing(const json& value) {
  if (!value.is_array()) return value.is_null();
  return !is_history(value) && std::all_of(value.begin(), value.end(),
                                           [](const json& element) { return element.is_null(); });
}

bool uses(const json& config, const char* key) {
  const auto found = config.find(key);
  return found != config.end() && found->is_number() && *found != 0;
}

/// Whether `training=False` changes nothing about a layer.
bool same_in_training(const LayerSpec& layer) {
  if (layer.model != nullptr) {
    return std::all_of(layer.model->layers.begin(), layer.model->layers.end(), same_in_training);
  }
  const std::string& name = layer.class_name;
  if (name == "BatchNormalization") return !layer.trainable;
  if (name == "LSTM" || name == "GRU" || name == "SimpleRNN") {
    return !uses(layer.config, "dropout") && !uses(layer.config, "recurrent_dropout");
  }
  if (name == "MultiHeadAttention") return !uses(layer.config, "dropout");
  for (const char* random : {"Dropout", "Noise", "Bidirectional", "TimeDistributed"}) {
    if (name.find(random) != std::string::npos) return false;
  }
  return true;
}

class CallReader {
 public:
  CallReader(const LayerSpec& layer, const std::string& where) : layer_(layer), where_(where) {}

  Result<void> positional(const json& value, std::size_t depth);
  Result<void> named(const json& arguments);
  Result<std::vector<TensorName>> finish() &&;

 private:
  Result<void> named(const std::string& name, const json& value);
  [[nodiscard]] std::vector<std::string> tensor_arguments() const;

  const LayerSpec& layer_;
  const std::string& where_;
  std::vector<TensorName> inputs_;
  std::map<std::string, std::vector<TensorName>> named_;
};

/// Names of arguments that are tensors, in the order of a layer's inputs.
std::vector<std::string> CallReader::tensor_arguments() const {
  if (layer_.class_name == "MultiHeadAttention") return {"query", "value", "key"};
  for (const char* recurrent : {"LSTM", "GRU", "SimpleRNN", "Bidirectional"}) {
    if (layer_.class_name == recurrent) return {"sequence", "initial_state"};
  }
  return {"inputs"};
}

Result<void> CallReader::positional(const json& value, std::size_t depth) {
  constexpr std::size_t kDeepest = 4;
  if (const auto tensor = tensor_name(value)) {
    if (inputs_.size() >= kMostInputs) {
      return fail(Errc::kInvalid, "{}: a call with more than {} inputs", where_, kMostInputs);
    }
    inputs_.push_back(*tensor);
    if (value.is_array() && value.size() == 4) return named(value[3]);
    return {};
  }
  if (value.is_array() && depth < kDeepest) {
    for (const json& element : value) DK_TRY(positional(element, depth + 1));
    return {};
  }
  if (value.is_null()) return {};
  return fail(Errc::kInvalid, "{}: it is called with {}; only tensors are supported", where_,
              show(value));
}

Result<void> CallReader::named(const json& arguments) {
  if (arguments.is_null()) return {};
  if (!arguments.is_object()) {
    return fail(Errc::kInvalid, "{}: the arguments of a call are {}; they must be an object",
                where_, show(arguments));
  }
  for (const auto& [name, value] : arguments.items()) DK_TRY(named(name, value));
  return {};
}

Result<void> CallReader::named(const std::string& name, const json& value) {
  if (is_nothing(value)) return {};
  const auto tensors = tensor_arguments();
  if (std::find(tensors.begin(), tensors.end(), name) != tensors.end() && value.is_structured()) {
    // Keras 2 repeats the arguments with every input.
    DK_TRY_ASSIGN(named_[name], tensor_list(value, where_));
    return {};
  }
  if (name == "training" && value == false && same_in_training(layer_)) return {};
  if ((name == "return_attention_scores" || name == "use_causal_mask") && value == false) return {};
  return fail(Errc::kInvalid,
              "{}: it is called with {} = {}, which has no equivalent; supported: {}, and training "
              "and mask as null",
              where_, name, show(value), listed(tensors));
}

Result<std::vector<TensorName>> CallReader::finish() && {
  const auto order = tensor_arguments();
  std::size_t next = std::min(inputs_.size(), order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto found = named_.find(order[i]);
    if (found == named_.end()) continue;
    if (i != next) {
      return fail(Errc::kInvalid, "{}: it is called with {}, but not with what stands before it",
                  where_, order[i]);
    }
    inputs_.insert(inputs_.end(), found->second.begin(), found->second.end());
    ++next;
  }
  if (inputs_.empty()) return fail(Errc::kInvalid, "{}: it is called without an input", where_);
  return std::move(inputs_);
}

}  // namespace

std::optional<TensorName> tensor_name(const json& value) {
  const json* history = &value;
  if (is_keras_3_tensor(value)) {
    const auto config = value.find("config");
    if (config == value.end() || !config->is_object() || !config->contains("keras_history")) {
      return std::nullopt;
    }
    history = &(*config)["keras_history"];
  }
  if (!is_history(*history)) return std::nullopt;
  return TensorName{(*history)[0].get<std::string>(), (*history)[1].get<std::uint32_t>(),
                    (*history)[2].get<std::uint32_t>()};
}

Result<std::vector<TensorName>> tensor_list(const json& value, const std::string& where) {
  if (const auto tensor = tensor_name(value)) return std::vector{*tensor};
  std::vector<TensorName> tensors;
  if (value.is_array() && value.size() <= kMostInputs) {
    for (const json& element : value) {
      const auto tensor = tensor_name(element);
      if (!tensor) break;
      tensors.push_back(*tensor);
    }
    if (tensors.size() == value.size()) return tensors;
  }
  return fail(Errc::kInvalid, "{}: {} is no list of tensors [layer, call, output]", where,
              show(value));
}

Result<std::vector<TensorName>> read_call(const json& node, const LayerSpec& layer,
                                          const std::string& where) {
  CallReader reader(layer, where);
  if (!node.is_object() || is_keras_3_tensor(node)) {
    DK_TRY(reader.positional(node, 0));
    return std::move(reader).finish();
  }
  ConfigReader keys(node, where + ": inbound_nodes");
  const json* positional = keys.find("args");
  const json* named = keys.find("kwargs");
  if (positional == nullptr) keys.problem("args is missing");
  DK_TRY(keys.finish());
  DK_TRY(reader.positional(*positional, 0));
  if (named != nullptr) DK_TRY(reader.named(*named));
  return std::move(reader).finish();
}

}  // namespace dk::model
