// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/graph/memory_plan.hpp"
#include "model/graph/network_state.hpp"

#include <algorithm>
#include <set>

namespace dk::model {
namespace {

/// Plans the moments of a step: call c goes forward at c, the losses are taken at N = the number of
/// calls, and call c goes back at 2 N - c.
class Placer {
 public:
  Placer(NetworkState& state, std::span<const std::vector<std::size_t>> variable_places,
         std::span<const Variable> variables)
      : state_(state), variable_places_(variable_places), variables_(variables) {}

  Result<void> run(std::span<float> parameters, std::span<float> gradients) {
    find_readers();
    if (state_.context.training) find_trained();
    place_values();
    if (state_.context.training) place_gradients();
    place_shared_variables();
    DK_TRY(allocate());
    bind_tensors();
    bind_variables(parameters, gradients);
    return {};
  }

 private:
  using Moment = std::uint32_t;
  [[nodiscard]] Moment loss_moment() const { return static_cast<Moment>(state_.calls.size()); }
  [[nodiscard]] Moment back_moment(std::size_t call) const {
    return static_cast<Moment>(2 * state_.calls.size() - call);
  }

  void find_readers();
  void find_trained();
  void place_values();
  [[nodiscard]] bool runs_in_place(const NetworkCall& call) const;
  void place_gradients();
  void add_output_gradients(std::vector<std::size_t>& contributions);
  void add_input_gradients(std::size_t c, std::vector<std::size_t>& contributions);
  void place_shared_variables();
  Result<void> allocate();
  void bind_tensors();
  void bind_variables(std::span<float> parameters, std::span<float> gradients);

  std::size_t add_block(std::size_t floats, Moment first, Moment last) {
    blocks_.push_back({floats, first, last, 0});
    return blocks_.size() - 1;
  }
  std::size_t batch(std::size_t floats) const { return floats * state_.context.max_batch; }
  float* at(std::size_t block) {
    return block == kNone ? nullptr : state_.arena.data() + blocks_[block].offset;
  }

  /// A gradient that is written to `block` and then, unless it is the first, added to its tensor's.
  struct Contribution {
    std::size_t call = kNone;  ///< kNone: a loss.
    std::size_t place = 0;     ///< The input of the call, or the model's output.
    std::size_t tensor = 0;
    std::size_t block = kNone;
    bool added = false;
  };
  struct SharedGradient {
    std::size_t call = 0;
    std::size_t variable = 0;
    std::size_t block = 0;
  };

  NetworkState& state_;
  std::span<const std::vector<std::size_t>> variable_places_;
  std::span<const Variable> variables_;
  std::vector<MemoryBlock> blocks_;
  std::vector<Contribution> contributions_;
  std::vector<SharedGradient> shared_;
};

void Placer::find_readers() {
  for (std::size_t c = 0; c < state_.calls.size(); ++c) {
    if (state_.calls[c].placement.view) continue;
    for (const std::size_t input : state_.calls[c].inputs) state_.root(input).readers.push_back(c);
  }
  for (const std::size_t output : state_.outputs) state_.root(output).is_output = true;
}

void Placer::find_trained() {
  for (NetworkCall& call : state_.calls) {
    call.goes_back = std::any_of(call.variables.begin(), call.variables.end(),
                                 [](const VariableSpec& variable) { return variable.trainable; });
    for (const std::size_t input : call.inputs) {
      call.goes_back |= state_.root(input).is_trained;
    }
    if (call.placement.view || !call.goes_back) continue;
    for (const std::size_t output : call.outputs) {
      state_.tensors[output].is_trained = true;
      state_.tensors[output].is_kept |= call.placement.keeps_outputs;
    }
    if (!call.placement.keeps_inputs) continue;
    for (const std::size_t input : call.inputs) state_.root(input).is_kept = true;
  }
}

bool Placer::runs_in_place(const NetworkCall& call) const {
  if (!call.placement.forward_in_place || call.inputs.empty()) return false;
  const NetworkTensor& in = state_.root(call.inputs[0]);
  const NetworkTensor& out = state_.tensors[call.outputs[0]];
  return in.call != kNone && in.readers.size() == 1 && !in.is_output && !in.is_kept &&
         in.floats >= out.floats;
}

void Placer::place_values() {
  for (std::size_t c = 0; c < state_.calls.size(); ++c) {
    const NetworkCall& call = state_.calls[c];
    if (call.placement.view) continue;
    for (std::size_t i = 0; i < call.outputs.size(); ++i) {
      NetworkTensor& out = state_.tensors[call.outputs[i]];
      const auto born = static_cast<Moment>(c);
      Moment last = born;
      for (const std::size_t reader : out.readers) {
        last = std::max(last, static_cast<Moment>(reader));
        const NetworkCall& by = state_.calls[reader];
        if (by.goes_back && by.placement.keeps_inputs) last = std::max(last, back_moment(reader));
      }
      if (out.is_output) last = std::max(last, loss_moment());
      if (call.goes_back && call.placement.keeps_outputs) last = std::max(last, back_moment(c));
      if (i == 0 && runs_in_place(call)) {
        out.value_block = state_.root(call.inputs[0]).value_block;
        blocks_[out.value_block].last = std::max(blocks_[out.value_block].last, last);
      } else {
        out.value_block = add_block(batch(out.floats), born, last);
      }
    }
  }
}

void Placer::place_gradients() {
  std::vector<std::size_t> contributions(state_.tensors.size());
  add_output_gradients(contributions);
  for (std::size_t c = state_.calls.size(); c-- > 0;) {
    if (!state_.calls[c].goes_back || state_.calls[c].placement.view) continue;
    // Its outputs' gradients are complete and, after it, free.
    for (const std::size_t output : state_.calls[c].outputs) {
      const std::size_t block = state_.tensors[output].gradient_block;
      if (block != kNone) blocks_[block].last = std::max(blocks_[block].last, back_moment(c));
    }
    add_input_gradients(c, contributions);
  }
}

void Placer::add_output_gradients(std::vector<std::size_t>& contributions) {
  for (std::size_t i = 0; i < state_.outputs.size(); ++i) {
    const std::size_t root = state_.tensors[state_.outputs[i]].root;
    NetworkTensor& tensor = state_.tensors[root];
    if (!tensor.is_trained) continue;
    const std::size_t block = add_block(batch(tensor.floats), loss_moment(), loss_moment());
    const bool first = contributions[root]++ == 0;
    if (first) tensor.gradient_block = block;
    contributions_.push_back({kNone, i, root, block, !first});
  }
}

void Placer::add_input_gradients(std::size_t c, std::vector<std::size_t>& contributions) {
  const NetworkCall& call = state_.calls[c];
  for (std::size_t i = 0; i < call.inputs.size(); ++i) {
    const std::size_t root = state_.tensors[call.inputs[i]].root;
    NetworkTensor& tensor = state_.tensors[root];
    if (!tensor.is_trained) continue;
    const bool first = contributions[root]++ == 0;
    const std::size_t above = state_.tensors[call.outputs[0]].gradient_block;
    const bool reads_once = std::count(tensor.readers.begin(), tensor.readers.end(), c) == 1;
    std::size_t block = kNone;
    if (first && i == 0 && call.placement.backward_in_place && reads_once && above != kNone &&
        tensor.floats <= state_.tensors[call.outputs[0]].floats) {
      block = above;
    } else {
      block = add_block(batch(tensor.floats), back_moment(c), back_moment(c));
    }
    if (first) tensor.gradient_block = block;
    contributions_.push_back({c, i, root, block, !first});
  }
}

void Placer::place_shared_variables() {
  std::set<std::size_t> seen;
  for (std::size_t c = state_.calls.size(); c-- > 0;) {
    const NetworkCall& call = state_.calls[c];
    if (!call.goes_back || seen.insert(call.flat_layer).second) continue;
    for (std::size_t v = 0; v < call.variables.size(); ++v) {
      const std::size_t place = variable_places_[call.flat_layer][v];
      if (!variables_[place].trainable) continue;
      shared_.push_back({c, v, add_block(variables_[place].size, back_moment(c), back_moment(c))});
    }
  }
}

Result<void> Placer::allocate() {
  DK_TRY_ASSIGN(state_.arena, FloatBuffer::make(plan_memory(blocks_)));
  std::size_t mask_floats = 0;
  for (const NetworkMask& mask : state_.masks) mask_floats += batch(mask.floats);
  DK_TRY_ASSIGN(state_.mask_arena, FloatBuffer::make(mask_floats));
  float* next = state_.mask_arena.data();
  for (NetworkMask& mask : state_.masks) {
    mask.values = next;
    next += batch(mask.floats);
  }
  return {};
}

void Placer::bind_tensors() {
  for (NetworkTensor& tensor : state_.tensors) {
    const NetworkTensor& root = state_.tensors[tensor.root];
    tensor.value = at(root.value_block);
    tensor.gradient = at(root.gradient_block);
  }
  for (NetworkCall& call : state_.calls) {
    for (const std::size_t input : call.inputs) {
      const NetworkTensor& tensor = state_.tensors[input];
      call.in.push_back(tensor.value);
      call.masks.push_back(tensor.mask == kNone ? nullptr : state_.masks[tensor.mask].values);
    }
    for (std::size_t i = 0; i < call.inputs.size(); ++i) {
      const std::size_t root = state_.tensors[call.inputs[i]].root;
      if (state_.tensors[root].call == kNone) state_.input_pointers.emplace_back(&call.in[i], root);
    }
    call.in_gradients.assign(call.inputs.size(), nullptr);
    for (const std::size_t output : call.outputs) {
      const NetworkTensor& tensor = state_.tensors[output];
      call.out.push_back(call.placement.view ? nullptr : at(tensor.value_block));
      call.results.push_back(tensor.value);
      call.out_gradients.push_back(tensor.gradient);
    }
  }
  state_.output_gradients.assign(state_.outputs.size(), nullptr);
  for (const Contribution& c : contributions_) {
    float* written = at(c.block);
    const bool loss = c.call == kNone;
    (loss ? state_.output_gradients : state_.calls[c.call].in_gradients)[c.place] = written;
    if (!c.added) continue;
    (loss ? state_.output_additions : state_.calls[c.call].additions)
        .push_back({written, state_.tensors[c.tensor].gradient, state_.tensors[c.tensor].floats});
  }
}

void Placer::bind_variables(std::span<float> parameters, std::span<float> gradients) {
  for (NetworkCall& call : state_.calls) {
    for (const std::size_t place : variable_places_[call.flat_layer]) {
      const Variable& variable = variables_[place];
      const bool learns = variable.trainable && !gradients.empty();
      call.values.push_back(parameters.data() + variable.offset);
      call.gradients.push_back(learns ? gradients.data() + variable.offset : nullptr);
    }
  }
  for (const SharedGradient& shared : shared_) {
    NetworkCall& call = state_.calls[shared.call];
    const std::size_t floats = variables_[variable_places_[call.flat_layer][shared.variable]].size;
    call.additions.push_back(
        {at(shared.block), call.gradients[shared.variable], floats, /*per_sample=*/false});
    call.gradients[shared.variable] = at(shared.block);
  }
}

}  // namespace

Result<void> place_tensors(NetworkState& state,
                           std::span<const std::vector<std::size_t>> variable_places,
                           std::span<const Variable> variables, std::span<float> parameters,
                           std::span<float> gradients) {
  return Placer(state, variable_places, variables).run(parameters, gradients);
}

}  // namespace dk::model
