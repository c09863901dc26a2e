// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/rnn/bidirectional.hpp"

#include "model/registry.hpp"

#include <algorithm>

namespace dk::model {
namespace {

constexpr std::string_view kMergeModes[] = {"", "concat", "sum", "mul", "ave"};

Recurrent* as_recurrent(ConfigReader& config, const WrappedLayer& wrapped, std::string_view key) {
  auto* layer = dynamic_cast<Recurrent*>(wrapped.layer.get());
  if (layer == nullptr && wrapped.layer != nullptr) {
    config.problem(fmt::format("{} is a {}; only SimpleRNN, LSTM, GRU and RNN are supported", key,
                               wrapped.class_name));
  }
  return layer;
}

}  // namespace

Bidirectional::Bidirectional(ConfigReader& config) {
  read_merge_mode(config);
  directions_[0].wrapped = WrappedLayer::read(config, "layer");
  directions_[0].layer = as_recurrent(config, directions_[0].wrapped, "layer");
  const nlohmann::json* given = config.find("backward_layer");
  own_backward_ = given != nullptr && !given->is_null();
  config.only_null({"weights", "num_constants"});
  if (directions_[0].layer == nullptr) return;
  make_backward(config);
  if (directions_[1].layer == nullptr) return;
  check_pair(config);
  for (Direction& direction : directions_) {
    direction.layer->zero_output_for_mask(direction.layer->return_sequences());
  }
}

void Bidirectional::read_merge_mode(ConfigReader& config) {
  const nlohmann::json* mode = config.find("merge_mode");
  if (mode != nullptr && mode->is_null()) {
    merge_ = Merge::kNone;
    return;
  }
  const auto word = config.choice("merge_mode", "concat", {"concat", "sum", "mul", "ave"});
  const auto* found = std::find(std::begin(kMergeModes), std::end(kMergeModes), word);
  merge_ = static_cast<Merge>(found - std::begin(kMergeModes));
}

void Bidirectional::make_backward(ConfigReader& config) {
  Direction& backward = directions_[1];
  if (own_backward_) {
    backward.wrapped = WrappedLayer::read(config, "backward_layer");
    backward.layer = as_recurrent(config, backward.wrapped, "backward_layer");
    return;
  }
  const WrappedLayer& first = directions_[0].wrapped;
  auto settings = first.layer->config();
  settings["go_backwards"] = !directions_[0].layer->go_backwards();
  settings["trainable"] = first.layer->trainable();
  auto made = make_layer(first.class_name, settings, "backward_layer");
  if (!made) {
    config.problem(made.error().message);
    return;
  }
  backward.wrapped = {first.class_name, "", std::move(*made), first.trainable};
  backward.layer = dynamic_cast<Recurrent*>(backward.wrapped.layer.get());
}

void Bidirectional::check_pair(ConfigReader& config) const {
  const Recurrent& a = *directions_[0].layer;
  const Recurrent& b = *directions_[1].layer;
  if (a.go_backwards() == b.go_backwards()) {
    config.problem("layer and backward_layer must differ in go_backwards");
  }
  if (a.return_sequences() != b.return_sequences() || a.return_state() != b.return_state()) {
    config.problem("layer and backward_layer must have the same return_sequences and return_state");
  }
  if (a.trainable() != b.trainable()) {
    config.problem("layer and backward_layer must have the same trainable");
  }
}

nlohmann::json Bidirectional::config() const {
  nlohmann::json config{{"layer", directions_[0].wrapped.to_json()}};
  if (own_backward_) config["backward_layer"] = directions_[1].wrapped.to_json();
  config["merge_mode"] = nullptr;
  if (merge_ != Merge::kNone) config["merge_mode"] = kMergeModes[static_cast<int>(merge_)];
  return config;
}

Result<std::vector<Shape>> Bidirectional::build(std::span<const Shape> inputs,
                                                const BuildContext& context) {
  const std::size_t states = directions_[0].layer->states() + directions_[1].layer->states();
  if (inputs.size() != 1 && inputs.size() != 1 + states) {
    return fail(Errc::kInvalid, "takes one input, or {} with the first states, not {}", 1 + states,
                inputs.size());
  }
  DK_TRY_ASSIGN(auto outputs, build_directions(inputs, context));
  DK_TRY(allocate(context));
  return outputs;
}

Result<std::vector<Shape>> Bidirectional::build_directions(std::span<const Shape> inputs,
                                                           const BuildContext& context) {
  std::vector<Shape> merged;
  std::vector<Shape> states;
  std::size_t next_state = 1;
  std::size_t next_variable = 0;
  for (Direction& direction : directions_) {
    std::vector<Shape> in{inputs[0]};
    for (std::size_t i = 0; inputs.size() > 1 && i < direction.layer->states(); ++i) {
      in.push_back(inputs[next_state++]);
    }
    direction.layer->set_trainable(trainable() && direction.wrapped.trainable);
    DK_TRY_ASSIGN(const auto out, direction.layer->build(in, context));
    direction.in.assign(in.size(), nullptr);
    direction.masks.assign(in.size(), nullptr);
    direction.in_gradients.assign(in.size(), nullptr);
    direction.out.assign(out.size(), nullptr);
    direction.out_gradients.assign(out.size(), nullptr);
    direction.first_variable = next_variable;
    direction.variables = direction.layer->variables().size();
    next_variable += direction.variables;
    merged.push_back(out[0]);
    states.insert(states.end(), out.begin() + 1, out.end());
  }
  steps_ = inputs[0][0];
  features_ = inputs[0][1];
  units_ = merged[0].back();
  rows_ = directions_[0].layer->return_sequences() ? steps_ : 1;
  if (merge_ == Merge::kConcat) {
    merged[0].back() += merged[1].back();
  } else if (merge_ != Merge::kNone && merged[0] != merged[1]) {
    return fail(Errc::kInvalid, "merge_mode {} needs layers of the same units, not {} and {}",
                kMergeModes[static_cast<int>(merge_)], merged[0].back(), merged[1].back());
  }
  merged.resize(merged_outputs());
  merged.insert(merged.end(), states.begin(), states.end());
  return merged;
}

Result<void> Bidirectional::allocate(const BuildContext& context) {
  for (Direction& direction : directions_) {
    const std::size_t size = context.max_batch * rows_ * direction.layer->units();
    DK_TRY_ASSIGN(direction.y, FloatBuffer::make(size));
    DK_TRY_ASSIGN(direction.y_gradient, FloatBuffer::make(context.training ? size : 0));
  }
  const std::size_t inputs = context.max_batch * steps_ * features_;
  DK_TRY_ASSIGN(x_gradient_, FloatBuffer::make(context.training ? inputs : 0));
  return {};
}

std::vector<VariableSpec> Bidirectional::variables() const {
  auto variables = directions_[0].wrapped.variables("forward_layer");
  for (VariableSpec& variable : directions_[1].wrapped.variables("backward_layer")) {
    variables.push_back(std::move(variable));
  }
  return variables;
}

Placement Bidirectional::placement() const {
  return {.keeps_inputs = false, .keeps_outputs = false};
}

std::size_t Bidirectional::workspace_floats() const {
  std::size_t floats = x_gradient_.span().size();
  for (const Direction& direction : directions_) {
    floats += direction.layer->workspace_floats() + direction.y.span().size() +
              direction.y_gradient.span().size();
  }
  return floats;
}

MaskRule Bidirectional::mask_rule(std::span<const bool> masked) const {
  return directions_[0].layer->mask_rule(masked);
}

void Bidirectional::make_mask(const ForwardPass& pass, float* mask) {
  directions_[0].layer->make_mask(pass, mask);
}

}  // namespace dk::model
