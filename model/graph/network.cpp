// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/graph/network.hpp"

#include "model/graph/flatten.hpp"
#include "model/graph/network_state.hpp"
#include "model/registry.hpp"

#include <algorithm>

namespace dk::model {
namespace {

using nlohmann::json;

Result<void> add_inputs(const Architecture& architecture, NetworkState& state) {
  for (const InputSpec& input : architecture.inputs) {
    const auto floats = element_count(input.shape);
    if (!floats) return fail_in("input " + input.name, floats.error());
    state.input_names.push_back(input.name);
    state.tensors.push_back(
        {.shape = input.shape, .floats = *floats, .root = state.tensors.size()});
  }
  return {};
}

Result<void> apply_mask_rule(const std::string& where, NetworkState& state, NetworkCall& call) {
  std::vector<std::uint8_t> flags;
  for (const std::size_t input : call.inputs) flags.push_back(state.tensors[input].mask != kNone);
  const auto masked = std::make_unique<bool[]>(flags.size());
  std::copy(flags.begin(), flags.end(), masked.get());
  const MaskRule rule = call.layer->mask_rule({masked.get(), flags.size()});
  if (rule == MaskRule::kMake) {
    call.made_mask = state.masks.size();
    const Shape shape = call.layer->mask_shape();
    for (const std::size_t input : call.inputs) {
      const std::size_t mask = state.tensors[input].mask;
      // A layer that makes a mask of steps from others reads masks of steps.
      const bool fits = mask == kNone || state.masks[mask].shape.size() == 1;
      if (fits || shape.size() != 1) continue;
      return fail(Errc::kInvalid, "{}: is given a mask of shape {}; supported: one value per step",
                  where, to_string(state.masks[mask].shape));
    }
    std::size_t floats = 1;
    for (const std::size_t axis : shape) floats *= axis;
    state.masks.push_back({shape, floats, nullptr});
    state.tensors[call.outputs[0]].mask = call.made_mask;
  } else if (rule == MaskRule::kPass) {
    for (const std::size_t output : call.outputs) {
      state.tensors[output].mask = state.tensors[call.inputs[0]].mask;
    }
  }
  return {};
}

/// Builds a call's layer on the tensors that are there and adds its outputs.
Result<void> add_call(const FlatGraph& graph, const FlatCall& flat, std::size_t input_count,
                      std::span<const std::size_t> first_tensor, NetworkState& state) {
  const FlatLayer& layer = graph.layers[flat.layer];
  const std::string where = fmt::format("layer '{}' ({})", layer.path, layer.spec->class_name);
  NetworkCall call;
  call.flat_layer = flat.layer;
  std::vector<Shape> shapes;
  for (const TensorRef& ref : flat.inputs) {
    const std::size_t first = first_tensor[ref.source];
    const std::size_t count =
        ref.source < input_count ? 1 : state.calls[ref.source - input_count].outputs.size();
    if (ref.output >= count) {
      return fail(Errc::kInvalid, "{}: takes output {} of a layer that has {}", where, ref.output,
                  count);
    }
    call.inputs.push_back(first + ref.output);
    shapes.push_back(state.tensors[first + ref.output].shape);
  }
  DK_TRY_ASSIGN(call.layer, make_layer(layer.spec->class_name, layer.spec->config, where));
  call.layer->set_trainable(layer.trainable);
  auto outputs = call.layer->build(shapes, state.context);
  if (!outputs) return fail_in(where, outputs.error());
  call.placement = call.layer->placement();
  if (call.layer->activity_regularizer()) {
    if (call.placement.view || outputs->size() != 1) {
      return fail(Errc::kInvalid,
                  "{}: has an activity_regularizer; supported by layers of one output that do more "
                  "than reshape",
                  where);
    }
    call.placement.keeps_outputs = true;
  }
  call.variables = call.layer->variables();
  for (VariableSpec& variable : call.variables) variable.trainable &= layer.trainable;
  for (Shape& shape : *outputs) {
    const auto floats = element_count(shape);
    if (!floats) return fail_in(where, floats.error());
    const std::size_t id = state.tensors.size();
    call.outputs.push_back(id);
    state.tensors.push_back(
        {.shape = std::move(shape),
         .floats = *floats,
         .call = state.calls.size(),
         .root = call.placement.view ? state.tensors[call.inputs[0]].root : id});
  }
  DK_TRY(apply_mask_rule(where, state, call));
  state.calls.push_back(std::move(call));
  return {};
}

bool same_variables(std::span<const VariableSpec> a, std::span<const VariableSpec> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const VariableSpec& one, const VariableSpec& other) {
                      return one.name == other.name && one.scope == other.scope &&
                             one.shape == other.shape;
                    });
}

}  // namespace

Network::Network() : state_(std::make_unique<NetworkState>()) {}
Network::Network(Network&&) noexcept = default;
Network& Network::operator=(Network&&) noexcept = default;
Network::~Network() = default;

Result<Network> Network::build(const Architecture& architecture, const BuildContext& context) {
  Network network;
  NetworkState& state = *network.state_;
  state.context = context;
  DK_TRY_ASSIGN(const FlatGraph graph, flatten(architecture));
  for (const FlatLayer& layer : graph.layers) {
    state.paths.push_back(layer.path);
    state.class_names.push_back(layer.spec->class_name);
  }
  DK_TRY(add_inputs(architecture, state));
  std::vector<std::size_t> first_tensor;
  for (std::size_t i = 0; i < state.tensors.size(); ++i) first_tensor.push_back(i);
  std::vector<std::size_t> first_call(graph.layers.size(), kNone);
  for (const FlatCall& flat : graph.calls) {
    first_tensor.push_back(state.tensors.size());
    DK_TRY(add_call(graph, flat, architecture.inputs.size(), first_tensor, state));
    std::size_t& first = first_call[flat.layer];
    if (first == kNone) first = state.calls.size() - 1;
    if (!same_variables(state.calls[first].variables, state.calls.back().variables)) {
      return fail(Errc::kInvalid,
                  "layer '{}' is called with inputs for which its variables have other shapes",
                  state.paths[flat.layer]);
    }
  }
  std::vector<Variable> variables;
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    for (const VariableSpec& spec : state.calls[first_call[i]].variables) {
      variables.push_back({.layer = state.paths[i],
                           .scope = spec.scope,
                           .name = spec.name,
                           .shape = spec.shape,
                           .trainable = spec.trainable});
      network.variables_.push_back({spec, variables.size() - 1});
    }
  }
  // The layout puts the trainable ones in front and keeps each kind in order.
  std::size_t trainable = 0;
  std::size_t other = static_cast<std::size_t>(std::count_if(
      variables.begin(), variables.end(), [](const Variable& v) { return v.trainable; }));
  for (VariableUse& use : network.variables_) {
    use.layout_index = use.spec.trainable ? trainable++ : other++;
  }
  DK_TRY_ASSIGN(network.layout_, Layout::make(std::move(variables)));
  for (std::size_t i = 0; i < architecture.inputs.size(); ++i) {
    network.input_shapes_.push_back(state.tensors[i].shape);
  }
  for (const TensorRef& ref : graph.outputs) {
    const std::size_t tensor = first_tensor[ref.source] + ref.output;
    if (tensor >= state.tensors.size() ||
        (ref.output > 0 &&
         state.tensors[tensor].call != state.tensors[first_tensor[ref.source]].call)) {
      return fail(Errc::kInvalid, "the model's output is output {} of a layer that has fewer",
                  ref.output);
    }
    state.outputs.push_back(tensor);
    network.output_shapes_.push_back(state.tensors[tensor].shape);
  }
  return network;
}

bool Network::output_has_mask(std::size_t index) const {
  const NetworkTensor& tensor = state_->tensors[state_->outputs[index]];
  if (tensor.mask == kNone || tensor.shape.empty()) return false;
  return state_->masks[tensor.mask].floats * tensor.shape.back() == tensor.floats;
}

std::size_t Network::workspace_floats() const {
  std::size_t floats = state_->arena.span().size() + state_->mask_arena.span().size();
  for (const NetworkCall& call : state_->calls) floats += call.layer->workspace_floats();
  return floats;
}

bool Network::drop_activation(std::size_t index, std::string_view name) {
  NetworkState& state = *state_;
  const std::size_t tensor = state.outputs[index];
  const std::size_t call = state.tensors[tensor].call;
  if (call == kNone || state.calls[call].placement.view) return false;
  if (state.calls[call].layer->activity_regularizer()) return false;
  const bool read = std::any_of(state.calls.begin(), state.calls.end(), [&](const auto& other) {
    return std::find(other.inputs.begin(), other.inputs.end(), tensor) != other.inputs.end();
  });
  if (read || std::count(state.outputs.begin(), state.outputs.end(), tensor) > 1) return false;
  if (!state.calls[call].layer->drop_activation(name)) return false;
  state.calls[call].placement = state.calls[call].layer->placement();
  state.dropped.push_back({tensor, std::string(name)});
  return true;
}

Result<void> Network::plan(std::span<float> parameters, std::span<float> gradients) {
  std::vector<std::vector<std::size_t>> places(state_->paths.size());
  std::size_t next = 0;
  for (std::size_t layer = 0; layer < places.size(); ++layer) {
    const auto called = std::find_if(state_->calls.begin(), state_->calls.end(),
                                     [&](const auto& call) { return call.flat_layer == layer; });
    for (std::size_t i = 0; i < called->variables.size(); ++i) {
      places[layer].push_back(variables_[next++].layout_index);
    }
  }
  return place_tensors(*state_, places, layout_.variables(), parameters, gradients);
}

std::vector<Network::CallInfo> Network::calls() const {
  std::vector<CallInfo> infos;
  for (const NetworkCall& call : state_->calls) {
    CallInfo info{state_->paths[call.flat_layer], state_->class_names[call.flat_layer], {}, {}};
    for (const std::size_t input : call.inputs) {
      const std::size_t from = state_->tensors[input].call;
      info.inputs.push_back(from == kNone ? state_->input_names[input]
                                          : state_->paths[state_->calls[from].flat_layer]);
    }
    for (const std::size_t output : call.outputs) {
      info.outputs.push_back(state_->tensors[output].shape);
    }
    infos.push_back(std::move(info));
  }
  return infos;
}

}  // namespace dk::model
