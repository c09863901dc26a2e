// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/multiversion.hpp"
#include "base/random.hpp"
#include "model/activations/activation.hpp"
#include "model/graph/network_state.hpp"

namespace dk::model {
namespace {

DK_MULTIVERSION void add_to(float* __restrict to, const float* __restrict from, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) to[i] += from[i];
}

void run(std::span<const Addition> additions, std::size_t n) {
  for (const Addition& addition : additions) {
    add_to(addition.to, addition.from, addition.per_sample ? n * addition.floats : addition.floats);
  }
}

/// Of a layer of one output.
std::size_t output_floats(const NetworkState& state, const NetworkCall& call, std::size_t n) {
  return n * state.tensors[call.outputs[0]].floats;
}

}  // namespace

void Network::forward(std::span<const float* const> inputs, std::size_t n, bool training,
                      std::uint64_t seed) {
  NetworkState& state = *state_;
  state.activity_penalty = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) state.tensors[i].value = inputs[i];
  for (const auto& [pointer, input] : state.input_pointers) *pointer = inputs[input];
  for (std::size_t c = 0; c < state.calls.size(); ++c) {
    NetworkCall& call = state.calls[c];
    const ForwardPass pass{.inputs = call.in,
                           .masks = call.masks,
                           .outputs = call.out,
                           .n = n,
                           .training = training,
                           .seed = seed_for(seed, c),
                           .variables = call.values};
    if (call.made_mask != kNone) call.layer->make_mask(pass, state.masks[call.made_mask].values);
    if (!call.placement.view) call.layer->forward(pass);
    if (const auto& regularizer = call.layer->activity_regularizer()) {
      state.activity_penalty += regularizer->penalty({pass.out(), output_floats(state, call, n)});
    }
  }
}

const float* Network::output(std::size_t index) const {
  return state_->root(state_->outputs[index]).value;
}

const float* Network::output_mask(std::size_t index) const {
  if (!output_has_mask(index)) return nullptr;
  return state_->masks[state_->tensors[state_->outputs[index]].mask].values;
}

float* Network::output_gradient(std::size_t index) const {
  return state_->output_gradients[index];
}

void Network::restore_activations(std::size_t n) {
  for (const DroppedActivation& dropped : state_->dropped) {
    const NetworkTensor& tensor = state_->tensors[dropped.tensor];
    const std::size_t width = tensor.shape.empty() ? 1 : tensor.shape.back();
    find_activation(dropped.name)
        ->forward(const_cast<float*>(tensor.value), nullptr, nullptr, n * tensor.floats / width,
                  width);
  }
}

void Network::backward(std::size_t n, std::uint64_t seed) {
  NetworkState& state = *state_;
  run(state.output_additions, n);
  for (std::size_t c = state.calls.size(); c-- > 0;) {
    NetworkCall& call = state.calls[c];
    if (call.goes_back && !call.placement.view) {
      if (const auto& regularizer = call.layer->activity_regularizer()) {
        const std::size_t floats = output_floats(state, call, n);
        regularizer->add_gradient({call.results[0], floats}, {call.out_gradients[0], floats},
                                  1 / static_cast<double>(n));
      }
      call.layer->backward({.inputs = call.in,
                            .masks = call.masks,
                            .outputs = call.results,
                            .out_gradients = call.out_gradients,
                            .in_gradients = call.in_gradients,
                            .n = n,
                            .seed = seed_for(seed, c),
                            .variables = call.values,
                            .gradients = call.gradients});
      run(call.additions, n);
    }
  }
}

double Network::activity_penalty() const {
  return state_->activity_penalty;
}

}  // namespace dk::model
