// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/graph/flatten.hpp"

#include <map>

namespace dk::model {
namespace {

class Flattener {
 public:
  explicit Flattener(const Architecture& root) : root_(root) {}

  Result<FlatGraph> run() {
    DK_TRY(add_layers(root_, "", true));
    std::vector<TensorRef> inputs;
    inputs.reserve(root_.inputs.size());
    for (std::uint32_t i = 0; i < root_.inputs.size(); ++i) inputs.push_back({i, 0});
    DK_TRY_ASSIGN(graph_.outputs, add_calls(root_, inputs, ""));
    DK_TRY(drop_dead_calls());
    return std::move(graph_);
  }

 private:
  Result<void> add_layers(const Architecture& model, const std::string& prefix, bool trainable);
  Result<std::vector<TensorRef>> add_calls(const Architecture& model,
                                           const std::vector<TensorRef>& inputs,
                                           const std::string& prefix);
  Result<void> drop_dead_calls();

  const Architecture& root_;
  FlatGraph graph_;
  std::map<std::string, std::size_t> index_;
};

Result<void> Flattener::add_layers(const Architecture& model, const std::string& prefix,
                                   bool trainable) {
  for (const LayerSpec& layer : model.layers) {
    const std::string path = prefix + layer.name;
    if (layer.name.empty()) return fail(Errc::kInvalid, "a layer of '{}' has no name", model.name);
    const bool learns = trainable && model.trainable && layer.trainable;
    if (!index_.emplace(path, graph_.layers.size()).second) {
      return fail(Errc::kInvalid, "two layers have the name '{}'", path);
    }
    if (layer.model != nullptr) {
      DK_TRY(add_layers(*layer.model, path + "/", learns));
    } else {
      graph_.layers.push_back({path, &layer, learns});
    }
    if (graph_.layers.size() > kMaxCalls) {
      return fail(Errc::kInvalid, "the model has more than {} layers", kMaxCalls);
    }
  }
  return {};
}

Result<std::vector<TensorRef>> Flattener::add_calls(const Architecture& model,
                                                    const std::vector<TensorRef>& inputs,
                                                    const std::string& prefix) {
  // What each call of this model returns: a plain layer's call any number of outputs, whose count
  // only its build knows; a nested model's as many as it has.
  struct Returned {
    std::vector<TensorRef> tensors{};
    bool plain = false;
  };
  std::vector<Returned> returned;
  for (const TensorRef& input : inputs) returned.push_back({{input}, false});
  const auto resolve = [&](const TensorRef& ref) -> Result<TensorRef> {
    if (ref.source >= returned.size()) {
      return fail(Errc::kInvalid, "model '{}' refers to a tensor that is not made before its use",
                  model.name);
    }
    const Returned& from = returned[ref.source];
    if (from.plain) return TensorRef{from.tensors[0].source, ref.output};
    if (ref.output < from.tensors.size()) return from.tensors[ref.output];
    return fail(Errc::kInvalid, "model '{}' takes output {} of a part that has {}", model.name,
                ref.output, from.tensors.size());
  };
  for (const CallSpec& call : model.calls) {
    if (call.layer >= model.layers.size()) {
      return fail(Errc::kInvalid, "model '{}' calls a layer that it does not have", model.name);
    }
    const LayerSpec& layer = model.layers[call.layer];
    std::vector<TensorRef> arguments;
    for (const TensorRef& ref : call.inputs) {
      DK_TRY_ASSIGN(const TensorRef argument, resolve(ref));
      arguments.push_back(argument);
    }
    if (layer.model != nullptr) {
      if (arguments.size() != layer.model->inputs.size()) {
        return fail(Errc::kInvalid, "model '{}' takes {} inputs and is given {}", layer.name,
                    layer.model->inputs.size(), arguments.size());
      }
      DK_TRY_ASSIGN(auto tensors, add_calls(*layer.model, arguments, prefix + layer.name + "/"));
      returned.push_back({std::move(tensors), false});
      continue;
    }
    if (graph_.calls.size() == kMaxCalls) {
      return fail(Errc::kInvalid, "the model calls layers more than {} times", kMaxCalls);
    }
    const auto source = static_cast<std::uint32_t>(root_.inputs.size() + graph_.calls.size());
    graph_.calls.push_back({index_.at(prefix + layer.name), std::move(arguments)});
    returned.push_back({{{source, 0}}, true});
  }
  std::vector<TensorRef> outputs;
  for (const TensorRef& ref : model.outputs) {
    DK_TRY_ASSIGN(const TensorRef output, resolve(ref));
    outputs.push_back(output);
  }
  return outputs;
}

Result<void> Flattener::drop_dead_calls() {
  const std::size_t inputs = root_.inputs.size();
  std::vector<bool> live(inputs + graph_.calls.size());
  for (const TensorRef& output : graph_.outputs) live[output.source] = true;
  for (std::size_t c = graph_.calls.size(); c-- > 0;) {
    if (!live[inputs + c]) continue;
    for (const TensorRef& input : graph_.calls[c].inputs) live[input.source] = true;
  }
  std::vector<std::uint32_t> renamed(live.size());
  std::vector<bool> used(graph_.layers.size());
  std::vector<FlatCall> kept;
  for (std::size_t i = 0; i < live.size(); ++i) {
    renamed[i] = static_cast<std::uint32_t>(i < inputs ? i : inputs + kept.size());
    if (i < inputs || !live[i]) continue;
    FlatCall& call = graph_.calls[i - inputs];
    for (TensorRef& input : call.inputs) input.source = renamed[input.source];
    used[call.layer] = true;
    kept.push_back(std::move(call));
  }
  graph_.calls = std::move(kept);
  for (TensorRef& output : graph_.outputs) output.source = renamed[output.source];
  for (std::size_t i = 0; i < used.size(); ++i) {
    if (used[i]) continue;
    return fail(Errc::kInvalid, "layer '{}' leads to no output of the model",
                graph_.layers[i].path);
  }
  return {};
}

}  // namespace

Result<FlatGraph> flatten(const Architecture& architecture) {
  if (architecture.inputs.empty()) return fail(Errc::kInvalid, "the model has no input");
  if (architecture.layers.empty()) return fail(Errc::kInvalid, "the model has no layers");
  if (architecture.outputs.empty()) return fail(Errc::kInvalid, "the model has no output");
  return Flattener(architecture).run();
}

}  // namespace dk::model
