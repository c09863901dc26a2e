// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/config_reader.hpp"
#include "model/keras/call_reader.hpp"
#include "model/keras/model_reader.hpp"

#include <algorithm>
#include <queue>

namespace dk::model {

/// Collects what a Functional's config names, then puts it in order.
class GraphReader {
 public:
  GraphReader(ModelReader& reader, std::string where) : reader_(reader), where_(std::move(where)) {}

  Result<void> add(const nlohmann::json& entry, std::size_t number);
  Result<void> read_ends(const nlohmann::json& inputs, const nlohmann::json& outputs);
  Result<Architecture> finish() &&;

 private:
  struct Call {
    std::uint32_t layer = 0;
    std::vector<TensorName> inputs;
    std::vector<std::uint32_t> needed;  ///< By these.
    std::size_t missing = 0;
    std::uint32_t place = 0;  ///< After sorting.
  };
  /// A layer's calls, in Keras' order.
  struct Layer {
    std::vector<std::uint32_t> calls;
    std::uint32_t first_node = 0;
  };
  struct Source {
    bool is_input = false;
    std::uint32_t index = 0;
  };

  Result<void> add_layer(const nlohmann::json& entry, const std::string& class_name,
                         std::string where);
  void number_nested_calls();
  Result<Source> find(const TensorName& tensor, const std::string& where) const;
  Result<void> link();
  Result<void> sort();
  Result<TensorRef> resolve(const TensorName& tensor, const std::string& where) const;

  ModelReader& reader_;
  std::string where_;
  Architecture architecture_;
  std::map<std::string, InputSpec> inputs_;
  std::map<std::string, std::uint32_t> input_places_;
  std::map<std::string, std::uint32_t> layer_places_;
  std::vector<Layer> layers_;
  std::vector<Call> calls_;
  std::vector<std::uint32_t> order_;
  std::vector<TensorName> outputs_;
};

namespace {

using nlohmann::json;

constexpr std::size_t kMostCalls = 20'000;

}  // namespace

Result<void> GraphReader::add(const json& entry, std::size_t number) {
  std::string where = fmt::format("{}: layer {}", where_, number);
  ConfigReader reader(entry, where);
  const json* class_name = reader.find("class_name");
  const json* config = reader.find("config");
  const json* name = reader.find("name");
  reader.find("inbound_nodes");
  reader.ignore({"module", "registered_name", "build_config", "shared_object_id"});
  if (class_name == nullptr || !class_name->is_string()) {
    reader.problem("class_name is missing or no string");
  }
  if (config == nullptr || !(config->is_object() || config->is_array())) {
    reader.problem("config is missing or no object");
  }
  DK_TRY(reader.finish());
  DK_TRY(check_not_custom(entry, where));
  const auto type = class_name->get<std::string>();
  if (name != nullptr && name->is_string()) where += fmt::format(" {}", show(*name));
  where += fmt::format(" ({})", type);
  if (type != "InputLayer") return add_layer(entry, type, std::move(where));
  DK_TRY_ASSIGN(auto input, reader_.input_layer(*config, where));
  if (input.name.empty() && name != nullptr && name->is_string()) {
    input.name = name->get<std::string>();
  }
  const std::string key = input.name;
  if (key.empty() || !inputs_.emplace(key, std::move(input)).second) {
    return fail(Errc::kInvalid, "{}: a layer needs a name of its own", where);
  }
  return {};
}

Result<void> GraphReader::add_layer(const json& entry, const std::string& class_name,
                                    std::string where) {
  DK_TRY_ASSIGN(auto spec, reader_.layer(class_name, entry["config"], where));
  const auto name = entry.find("name");
  // A nested Sequential of Keras 1 has its name only here.
  if (name != entry.end() && name->is_string() &&
      (spec.name.empty() || (spec.model != nullptr && entry["config"].is_array()))) {
    spec.name = name->get<std::string>();
  }
  const auto place = static_cast<std::uint32_t>(layers_.size());
  if (spec.name.empty() || spec.name.find('/') != std::string::npos ||
      inputs_.contains(spec.name) || !layer_places_.emplace(spec.name, place).second) {
    return fail(Errc::kInvalid, "{}: a layer needs a name of its own", where);
  }
  const auto nodes = entry.find("inbound_nodes");
  if (nodes == entry.end() || !nodes->is_array() || nodes->empty()) {
    return fail(Errc::kInvalid, "{}: it is never called; inbound_nodes has no call", where);
  }
  Layer layer;
  for (const json& node : *nodes) {
    if (calls_.size() >= kMostCalls) {
      return fail(Errc::kInvalid, "{}: more than {} calls", where, kMostCalls);
    }
    Call call;
    call.layer = place;
    DK_TRY_ASSIGN(call.inputs, read_call(node, spec, where));
    layer.calls.push_back(static_cast<std::uint32_t>(calls_.size()));
    calls_.push_back(std::move(call));
  }
  layers_.push_back(std::move(layer));
  architecture_.layers.push_back(std::move(spec));
  return {};
}

Result<void> GraphReader::read_ends(const json& inputs, const json& outputs) {
  DK_TRY_ASSIGN(const auto names, tensor_list(inputs, where_ + ": input_layers"));
  for (const TensorName& tensor : names) {
    const auto found = inputs_.find(tensor.layer);
    if (found == inputs_.end()) {
      return fail(Errc::kInvalid, "{}: input_layers names {}, which is no InputLayer of the model",
                  where_, show(json(tensor.layer)));
    }
    const auto place = static_cast<std::uint32_t>(architecture_.inputs.size());
    if (!input_places_.emplace(tensor.layer, place).second) {
      return fail(Errc::kInvalid, "{}: input_layers names {} twice", where_,
                  show(json(tensor.layer)));
    }
    architecture_.inputs.push_back(found->second);
  }
  for (const auto& [name, input] : inputs_) {
    if (!input_places_.contains(name)) {
      return fail(Errc::kInvalid, "{}: the InputLayer {} is not among the model's input_layers",
                  where_, show(json(name)));
    }
  }
  DK_TRY_ASSIGN(outputs_, tensor_list(outputs, where_ + ": output_layers"));
  if (outputs_.empty() || names.empty()) {
    return fail(Errc::kInvalid, "{}: a model needs at least one input and one output", where_);
  }
  return {};
}

/// In Keras 1 and 2 call 0 of a model is how it was made, and its uses follow; in Keras 3 only of a
/// Functional. Every use leads to an output, so that one that counts from 0 is named somewhere.
void GraphReader::number_nested_calls() {
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (architecture_.layers[i].model != nullptr) layers_[i].first_node = 1;
  }
  const auto look = [&](const TensorName& tensor) {
    const auto found = layer_places_.find(tensor.layer);
    if (found != layer_places_.end() && tensor.node == 0) layers_[found->second].first_node = 0;
  };
  for (const Call& call : calls_) std::for_each(call.inputs.begin(), call.inputs.end(), look);
  std::for_each(outputs_.begin(), outputs_.end(), look);
}

Result<GraphReader::Source> GraphReader::find(const TensorName& tensor,
                                              const std::string& where) const {
  const auto named = show(json(tensor.layer));
  if (const auto input = input_places_.find(tensor.layer); input != input_places_.end()) {
    if (tensor.node == 0 && tensor.tensor == 0) return Source{true, input->second};
    return fail(Errc::kInvalid, "{}: the input {} has no call {} with output {}", where, named,
                tensor.node, tensor.tensor);
  }
  const auto found = layer_places_.find(tensor.layer);
  if (found == layer_places_.end()) {
    return fail(Errc::kInvalid, "{}: there is no layer {} in the model", where, named);
  }
  const Layer& layer = layers_[found->second];
  if (tensor.node < layer.first_node || tensor.node - layer.first_node >= layer.calls.size()) {
    return fail(Errc::kInvalid, "{}: the layer {} has no call {}; it has {}", where, named,
                tensor.node, layer.calls.size());
  }
  return Source{false, layer.calls[tensor.node - layer.first_node]};
}

Result<void> GraphReader::link() {
  number_nested_calls();
  for (std::uint32_t number = 0; number < calls_.size(); ++number) {
    const auto where = fmt::format("{}: layer {}", where_,
                                   show(json(architecture_.layers[calls_[number].layer].name)));
    for (const TensorName& tensor : calls_[number].inputs) {
      DK_TRY_ASSIGN(const auto source, find(tensor, where));
      if (source.is_input) continue;
      calls_[source.index].needed.push_back(number);
      ++calls_[number].missing;
    }
  }
  return {};
}

/// After what they need, and else in Keras' order.
Result<void> GraphReader::sort() {
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, std::greater<>> ready;
  for (std::uint32_t number = 0; number < calls_.size(); ++number) {
    if (calls_[number].missing == 0) ready.push(number);
  }
  while (!ready.empty()) {
    const auto number = ready.top();
    ready.pop();
    calls_[number].place = static_cast<std::uint32_t>(order_.size());
    order_.push_back(number);
    for (const auto next : calls_[number].needed) {
      if (--calls_[next].missing == 0) ready.push(next);
    }
  }
  if (order_.size() == calls_.size()) return {};
  const auto stuck =
      std::find_if(calls_.begin(), calls_.end(), [](const Call& call) { return call.missing > 0; });
  return fail(Errc::kInvalid, "{}: layer {} takes what it makes itself: the graph has a cycle",
              where_, show(json(architecture_.layers[stuck->layer].name)));
}

Result<TensorRef> GraphReader::resolve(const TensorName& tensor, const std::string& where) const {
  DK_TRY_ASSIGN(const auto source, find(tensor, where));
  if (source.is_input) return TensorRef{source.index, 0};
  const auto inputs = static_cast<std::uint32_t>(architecture_.inputs.size());
  return TensorRef{inputs + calls_[source.index].place, tensor.tensor};
}

Result<Architecture> GraphReader::finish() && {
  architecture_.sequential = false;
  DK_TRY(link());
  DK_TRY(sort());
  for (const auto number : order_) {
    CallSpec call{calls_[number].layer, {}};
    for (const TensorName& tensor : calls_[number].inputs) {
      DK_TRY_ASSIGN(const auto ref, resolve(tensor, where_));
      call.inputs.push_back(ref);
    }
    architecture_.calls.push_back(std::move(call));
  }
  for (const TensorName& tensor : outputs_) {
    DK_TRY_ASSIGN(const auto ref, resolve(tensor, where_ + ": output_layers"));
    architecture_.outputs.push_back(ref);
  }
  return std::move(architecture_);
}

Result<Architecture> ModelReader::functional(const json& config, const std::string& where) {
  ConfigReader reader(config, where);
  const auto name = reader.text("name", "model");
  const bool trainable = reader.boolean("trainable", true);
  const json* layers = reader.find("layers");
  const json* inputs = reader.find("input_layers");
  const json* outputs = reader.find("output_layers");
  reader.ignore({"dtype"});
  if (layers == nullptr || !layers->is_array()) {
    reader.problem("no Keras graph: the list of layers is missing");
  }
  if (inputs == nullptr || outputs == nullptr) {
    reader.problem("no Keras graph: input_layers or output_layers is missing");
  }
  DK_TRY(reader.finish());
  if (name.empty() || name.find('/') != std::string::npos) {
    return fail(Errc::kInvalid, "{}: the model's name is {}; it must have no /", where,
                show(json(name)));
  }
  GraphReader graph(*this, where);
  std::size_t number = 0;
  for (const json& entry : *layers) DK_TRY(graph.add(entry, ++number));
  DK_TRY(graph.read_ends(*inputs, *outputs));
  DK_TRY_ASSIGN(auto architecture, std::move(graph).finish());
  architecture.name = name;
  architecture.trainable = trainable;
  return architecture;
}

}  // namespace dk::model
