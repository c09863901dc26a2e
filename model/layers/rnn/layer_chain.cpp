// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/rnn/layer_chain.hpp"

#include "base/random.hpp"
#include "model/layer_names.hpp"
#include "model/registry.hpp"

#include <algorithm>

namespace dk::model {
namespace {

using nlohmann::json;

constexpr std::size_t kMostLayers = 1000;

}  // namespace

LayerChain::LayerChain(ConfigReader& config) {
  const json* layers = config.find("layers");
  config.ignore({"build_input_shape"});
  if (layers == nullptr || !layers->is_array() || layers->empty() || layers->size() > kMostLayers) {
    config.problem(fmt::format("layers must be a list of 1 to {} layers", kMostLayers));
    return;
  }
  for (const json& entry : *layers) read_layer(entry, config);
  if (parts_.empty()) config.problem("layers has no layer but the input");
  LayerNames names;
  for (Part& part : parts_) {
    part.scope = names.automatic(part.class_name);
    static_cast<void>(names.take(part.scope));
  }
}

void LayerChain::read_layer(const json& entry, ConfigReader& config) {
  ConfigReader reader(entry, "layers");
  const auto class_name = reader.text("class_name", "");
  const json* settings = reader.find("config");
  reader.ignore({"module", "registered_name", "build_config", "name", "shared_object_id"});
  if (settings == nullptr || !settings->is_object()) reader.problem("config must be an object");
  if (const auto read = reader.finish(); !read) {
    config.problem(read.error().message);
  } else if (class_name == "InputLayer") {
    for (const char* key : {"batch_input_shape", "batch_shape"}) {
      if (settings->contains(key)) read_input((*settings)[key], config);
    }
  } else {
    add_layer(class_name, *settings, config);
  }
}

void LayerChain::read_input(const json& sizes, ConfigReader& config) {
  const bool fits = parts_.empty() && sizes.is_array() && sizes.size() > 1 && sizes[0].is_null() &&
                    std::all_of(sizes.begin() + 1, sizes.end(),
                                [](const json& size) { return size.is_number_unsigned(); });
  if (!fits) {
    config.problem(fmt::format("the shape of its input is {}; it must be a list of null and sizes",
                               show(sizes)));
    return;
  }
  input_ = Shape();
  for (std::size_t axis = 1; axis < sizes.size(); ++axis) {
    input_->push_back(sizes[axis].get<std::size_t>());
  }
}

void LayerChain::add_layer(std::string class_name, const json& config, ConfigReader& reader) {
  if (parts_.empty() && !input_ && config.contains("batch_input_shape")) {
    read_input(config["batch_input_shape"], reader);
  }
  auto made = make_layer(class_name, config, "layers");
  if (!made) {
    reader.problem(made.error().message);
    return;
  }
  if ((*made)->activity_regularizer()) {
    reader.problem("layers: a layer has an activity_regularizer; only null is supported");
  }
  Part part;
  part.class_name = std::move(class_name);
  if (const auto name = config.find("name"); name != config.end() && name->is_string()) {
    part.name = name->get<std::string>();
  }
  part.layer = *std::move(made);
  part.trainable = part.layer->trainable();
  parts_.push_back(std::move(part));
}

json LayerChain::config() const {
  json layers = json::array();
  if (input_) {
    json shape = json::array({nullptr});
    for (const std::size_t size : *input_) shape.push_back(size);
    layers.push_back(
        {{"class_name", "InputLayer"}, {"config", {{"batch_input_shape", std::move(shape)}}}});
  }
  for (const Part& part : parts_) {
    json config = part.layer->config();
    if (!part.name.empty()) config["name"] = part.name;
    if (!part.trainable) config["trainable"] = false;
    layers.push_back({{"class_name", part.class_name}, {"config", std::move(config)}});
  }
  return {{"layers", std::move(layers)}};
}

Result<Shape> LayerChain::build(const Shape& input, const BuildContext& context) {
  if (input_ && *input_ != input) {
    return fail(Errc::kInvalid, "its model takes {}, not {}", to_string(*input_), to_string(input));
  }
  max_batch_ = context.max_batch;
  Shape shape = input;
  last_ = parts_.size();
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    DK_TRY(build_part(parts_[i], shape, context));
    if (!parts_[i].view) last_ = i;
  }
  for (std::size_t i = 0; i < last_ && last_ < parts_.size(); ++i) {
    Part& part = parts_[i];
    if (part.view) continue;
    DK_TRY_ASSIGN(part.output, FloatBuffer::make(part.floats * max_batch_));
    if (context.training) {
      DK_TRY_ASSIGN(part.gradient, FloatBuffer::make(part.floats * max_batch_));
    }
  }
  DK_TRY_ASSIGN(floats_, element_count(shape));
  place_variables();
  return shape;
}

Result<void> LayerChain::build_part(Part& part, Shape& shape, const BuildContext& context) {
  part.layer->set_trainable(trainable() && part.trainable);
  auto outputs = part.layer->build(std::span(&shape, 1), context);
  if (!outputs) return fail_in(fmt::format("its layer {}", part.scope), outputs.error());
  constexpr bool kNoMask = false;
  if (outputs->size() != 1 || part.layer->mask_rule(std::span(&kNoMask, 1)) == MaskRule::kMake) {
    return fail(Errc::kInvalid,
                "its layer {} ({}) has several outputs or makes a mask; that is not supported here",
                part.scope, part.class_name);
  }
  shape = std::move(outputs->front());
  part.view = part.layer->placement().view;
  DK_TRY_ASSIGN(part.floats, element_count(shape));
  DK_TRY(element_count({part.floats, context.max_batch}));
  return {};
}

/// Keras' order: what learns first, each kind layer by layer.
void LayerChain::place_variables() {
  variables_.clear();
  for (const bool trainable : {true, false}) {
    for (Part& part : parts_) {
      auto specs = part.layer->variables();
      part.places.resize(specs.size());
      part.values.resize(specs.size());
      part.gradients.resize(specs.size());
      for (std::size_t i = 0; i < specs.size(); ++i) {
        VariableSpec& spec = specs[i];
        spec.trainable = spec.trainable && part.layer->trainable();
        if (spec.trainable != trainable) continue;
        const auto inner = spec.scope.empty() ? "" : "/" + spec.scope;
        spec.scope = fmt::format("layers/{}{}", part.scope, inner);
        part.places[i] = variables_.size();
        variables_.push_back(std::move(spec));
      }
    }
  }
}

std::vector<VariableSpec> LayerChain::variables() const {
  return variables_;
}

std::size_t LayerChain::workspace_floats() const {
  std::size_t floats = 0;
  for (const Part& part : parts_) {
    floats +=
        part.layer->workspace_floats() + part.output.span().size() + part.gradient.span().size();
  }
  return floats;
}

void LayerChain::forward(const ForwardPass& pass) {
  const float* const no_mask = nullptr;
  const float* in = pass.in();
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    Part& part = parts_[i];
    if (part.view) continue;
    part.in = in;
    part.out = i == last_ ? pass.out() : part.output.data();
    for (std::size_t v = 0; v < part.places.size(); ++v) {
      part.values[v] = pass.variables[part.places[v]];
    }
    part.layer->forward({.inputs = std::span(&part.in, 1),
                         .masks = std::span(&no_mask, 1),
                         .outputs = std::span(&part.out, 1),
                         .n = pass.n,
                         .training = pass.training,
                         .seed = seed_for(pass.seed, i),
                         .variables = part.values});
    in = part.out;
  }
  if (last_ == parts_.size()) std::copy_n(in, pass.n * floats_, pass.out());
}

void LayerChain::backward(const BackwardPass& pass) {
  const float* const no_mask = nullptr;
  float* out_gradient = pass.out_gradient();
  for (std::size_t i = parts_.size(); i-- > 0;) {
    Part& part = parts_[i];
    if (part.view) continue;
    std::size_t below = i;
    while (below > 0 && parts_[below - 1].view) --below;
    float* in_gradient = below == 0 ? pass.in_gradient() : parts_[below - 1].gradient.data();
    const float* const in = below == 0 ? pass.in() : part.in;
    const float* const out = i == last_ ? pass.out() : part.out;
    for (std::size_t v = 0; v < part.places.size(); ++v) {
      part.values[v] = pass.variables[part.places[v]];
      part.gradients[v] = pass.gradients[part.places[v]];
    }
    part.layer->backward({.inputs = std::span(&in, 1),
                          .masks = std::span(&no_mask, 1),
                          .outputs = std::span(&out, 1),
                          .out_gradients = std::span(&out_gradient, 1),
                          .in_gradients = std::span(&in_gradient, 1),
                          .n = pass.n,
                          .seed = seed_for(pass.seed, i),
                          .variables = part.values,
                          .gradients = part.gradients});
    out_gradient = in_gradient;
  }
  if (last_ == parts_.size() && pass.in_gradient() != nullptr) {
    std::copy_n(out_gradient, pass.n * floats_, pass.in_gradient());
  }
}

bool LayerChain::drop_activation(std::string_view name) {
  return !parts_.back().view && parts_.back().layer->drop_activation(name);
}

}  // namespace dk::model
