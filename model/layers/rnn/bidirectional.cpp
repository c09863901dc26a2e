// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/rnn/bidirectional.hpp"

#include "base/multiversion.hpp"
#include "base/random.hpp"
#include "model/registry.hpp"

#include <algorithm>

namespace dk::model {
namespace {

constexpr std::string_view kMergeModes[] = {"", "concat", "sum", "mul", "ave"};

DK_MULTIVERSION void add(const float* from, float* to, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) to[i] += from[i];
}

DK_MULTIVERSION void add_scaled(const float* a, const float* b, float scale, float* sum,
                                std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) sum[i] = (a[i] + b[i]) * scale;
}

DK_MULTIVERSION void scale(const float* from, float factor, float* to, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) to[i] = from[i] * factor;
}

DK_MULTIVERSION void multiply_each(const float* a, const float* b, float* product,
                                   std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) product[i] = a[i] * b[i];
}

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
  backward.wrapped = {first.class_name, "", std::move(*made)};
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
    direction.layer->set_trainable(trainable() && direction.layer->trainable());
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

void Bidirectional::forward(const ForwardPass& pass) {
  for (std::size_t i = 0; i < directions_.size(); ++i) forward(directions_[i], i, pass);
  merge(pass);
}

void Bidirectional::forward(Direction& direction, std::size_t index, const ForwardPass& pass) {
  const std::size_t before = index * directions_[0].layer->states();
  direction.in[0] = pass.in();
  direction.masks[0] = pass.mask();
  for (std::size_t i = 1; i < direction.in.size(); ++i) direction.in[i] = pass.in(before + i);
  direction.out[0] = direction.y.data();
  for (std::size_t i = 1; i < direction.out.size(); ++i) {
    direction.out[i] = pass.out(merged_outputs() + before + i - 1);
  }
  direction.layer->forward(
      {.inputs = direction.in,
       .masks = direction.masks,
       .outputs = direction.out,
       .n = pass.n,
       .training = pass.training,
       .seed = seed_for(pass.seed, index),
       .variables = pass.variables.subspan(direction.first_variable, direction.variables)});
}

void Bidirectional::merge(const ForwardPass& pass) const {
  const std::size_t other = directions_[1].layer->units();
  for (std::size_t row = 0; row < pass.n * rows_; ++row) {
    const float* a = directions_[0].y.data() + row * units_;
    const float* b = directions_[1].y.data() + mirrored(row) * other;
    if (merge_ == Merge::kNone) {
      std::copy_n(a, units_, pass.out() + row * units_);
      std::copy_n(b, other, pass.out(1) + row * other);
    } else if (merge_ == Merge::kConcat) {
      std::copy_n(a, units_, pass.out() + row * (units_ + other));
      std::copy_n(b, other, pass.out() + row * (units_ + other) + units_);
    } else if (merge_ == Merge::kMul) {
      multiply_each(a, b, pass.out() + row * units_, units_);
    } else {
      add_scaled(a, b, merge_ == Merge::kAve ? 0.5F : 1.0F, pass.out() + row * units_, units_);
    }
  }
}

void Bidirectional::backward(const BackwardPass& pass) {
  split_gradient(pass);
  for (std::size_t i = 0; i < directions_.size(); ++i) backward(directions_[i], i, pass);
  if (pass.in_gradient() != nullptr) {
    add(x_gradient_.data(), pass.in_gradient(), pass.n * steps_ * features_);
  }
}

void Bidirectional::split_gradient(const BackwardPass& pass) {
  for (std::size_t i = 0; i < directions_.size(); ++i) {
    const std::size_t from = merge_ == Merge::kNone ? i : 0;
    const bool wanted = pass.out_gradient(from) != nullptr;
    directions_[i].out_gradients[0] = wanted ? directions_[i].y_gradient.data() : nullptr;
  }
  const std::size_t other = directions_[1].layer->units();
  const std::size_t width = merge_ == Merge::kConcat ? units_ + other : units_;
  for (std::size_t row = 0; row < pass.n * rows_; ++row) {
    const std::size_t place = mirrored(row) * other;
    float* a = directions_[0].y_gradient.data() + row * units_;
    float* b = directions_[1].y_gradient.data() + place;
    const float* gradient = pass.out_gradient();
    if (gradient != nullptr) gradient += row * width;
    if (merge_ == Merge::kNone) {
      if (gradient != nullptr) std::copy_n(gradient, units_, a);
      if (pass.out_gradient(1) != nullptr)
        std::copy_n(pass.out_gradient(1) + row * other, other, b);
    } else if (gradient == nullptr) {
      return;
    } else if (merge_ == Merge::kConcat) {
      std::copy_n(gradient, units_, a);
      std::copy_n(gradient + units_, other, b);
    } else if (merge_ == Merge::kMul) {
      multiply_each(gradient, directions_[1].y.data() + place, a, units_);
      multiply_each(gradient, directions_[0].y.data() + row * units_, b, units_);
    } else {
      scale(gradient, merge_ == Merge::kAve ? 0.5F : 1.0F, a, units_);
      std::copy_n(a, units_, b);
    }
  }
}

void Bidirectional::backward(Direction& direction, std::size_t index, const BackwardPass& pass) {
  const std::size_t before = index * directions_[0].layer->states();
  for (std::size_t i = 1; i < direction.out.size(); ++i) {
    direction.out_gradients[i] = pass.out_gradient(merged_outputs() + before + i - 1);
  }
  const bool wanted = pass.in_gradient() != nullptr;
  float* own = index == 0 ? pass.in_gradient() : x_gradient_.data();
  direction.in_gradients[0] = wanted ? own : nullptr;
  for (std::size_t i = 1; i < direction.in.size(); ++i) {
    direction.in_gradients[i] = pass.in_gradient(before + i);
  }
  direction.layer->backward(
      {.masks = direction.masks,
       .out_gradients = direction.out_gradients,
       .in_gradients = direction.in_gradients,
       .n = pass.n,
       .seed = seed_for(pass.seed, index),
       .variables = pass.variables.subspan(direction.first_variable, direction.variables),
       .gradients = pass.gradients.subspan(direction.first_variable, direction.variables)});
}

}  // namespace dk::model
