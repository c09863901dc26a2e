// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/functional.hpp"

#include "model/keras/keras_order.hpp"
#include "model/keras/model_reader.hpp"

namespace dk::model {
namespace {

using nlohmann::json;

constexpr std::uint32_t kNone = ~std::uint32_t{0};

}  // namespace

Functional::Tensor Functional::Tensor::output(std::uint32_t index) const {
  Tensor other = *this;
  other.from_.output = index;
  return other;
}

Functional::Tensor Functional::tensor(bool is_input, std::size_t source) const {
  Tensor made;
  made.graph_ = this;
  made.is_input_ = is_input;
  made.from_.source = static_cast<std::uint32_t>(source);
  return made;
}

void Functional::problem(Error error) {
  if (!problem_) problem_ = std::move(error);
}

Functional::Tensor Functional::input(const Shape& shape, std::string name) {
  if (name.empty()) name = names_.automatic("InputLayer");
  const auto where = fmt::format("{}: input '{}'", name_, name);
  if (auto good = name_in({{"name", name}}, where); !good) problem(good.error());
  if (auto good = read_shape(shape, /*has_batch_axis=*/false, where); !good) problem(good.error());
  if (!names_.take(name)) {
    problem({Errc::kInvalid, where + ": another layer or input has this name"});
  }
  inputs_.push_back({std::move(name), shape});
  return tensor(true, inputs_.size() - 1);
}

Functional::Layer Functional::layer(const std::string& class_name, json config) {
  if (config.is_null()) config = json::object();
  const auto where = fmt::format("{}: layer {} ({})", name_, layers_.size() + 1, class_name);
  ModelReader reader{name_, {}};
  return add(reader.layer(class_name, with_long_wrapped(std::move(config)), where), class_name);
}

Functional::Layer Functional::layer(const Architecture& model) {
  LayerSpec spec;
  spec.class_name = model.sequential ? "Sequential" : "Functional";
  spec.name = model.name;
  spec.trainable = model.trainable;
  spec.model = std::make_shared<const Architecture>(model);
  return add(std::move(spec), model.name);
}

Functional::Layer Functional::add(Result<LayerSpec> spec, const std::string& class_name) {
  Layer made;
  made.graph_ = this;
  made.index_ = static_cast<std::uint32_t>(layers_.size());
  if (!spec) {
    problem(spec.error());
    spec = LayerSpec{};
  }
  if (spec->name.empty()) spec->name = names_.automatic(class_name);
  if (!names_.take(spec->name)) {
    problem(
        {Errc::kInvalid, fmt::format("{}: layer {} ({}): another layer or input has the name '{}'",
                                     name_, layers_.size() + 1, class_name, spec->name)});
  }
  layers_.push_back(*std::move(spec));
  return made;
}

Functional::Tensor Functional::call(const Layer& layer, const std::vector<Tensor>& inputs) {
  bool own = layer.graph_ == this && !inputs.empty();
  for (const Tensor& input : inputs) own = own && input.graph_ == this;
  if (own) {
    calls_.push_back({layer.index_, inputs});
  } else {
    problem({Errc::kInvalid,
             fmt::format("{}: call {} has no inputs, or a layer or an input of another graph",
                         name_, calls_.size() + 1)});
    calls_.emplace_back();
  }
  return tensor(false, calls_.size() - 1);
}

Functional::Tensor Functional::call(const Layer& layer, const Tensor& input) {
  return call(layer, std::vector{input});
}

Functional::Tensor Functional::call(const std::string& class_name, json config,
                                    const std::vector<Tensor>& inputs) {
  return call(layer(class_name, std::move(config)), inputs);
}

Functional::Tensor Functional::call(const std::string& class_name, json config,
                                    const Tensor& input) {
  return call(layer(class_name, std::move(config)), input);
}

Functional::Tensor Functional::call(const Architecture& model, const Tensor& input) {
  return call(layer(model), input);
}

/// Where each input stands in the model.
Result<std::vector<std::uint32_t>> Functional::number_inputs(
    const std::vector<Tensor>& inputs) const {
  std::vector<std::uint32_t> places(inputs_.size(), kNone);
  for (std::uint32_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].graph_ != this || !inputs[i].is_input_) {
      return fail(Errc::kInvalid, "{}: input {} of the model was not made by input()", name_,
                  i + 1);
    }
    auto& place = places[inputs[i].from_.source];
    if (place != kNone) {
      return fail(Errc::kInvalid, "{}: the model has the input '{}' twice", name_,
                  inputs_[inputs[i].from_.source].name);
    }
    place = i;
  }
  return places;
}

std::vector<bool> Functional::needed_calls(const std::vector<Tensor>& outputs) const {
  std::vector<bool> needed(calls_.size());
  const auto need = [&](const Tensor& tensor) {
    if (!tensor.is_input_) needed[tensor.from_.source] = true;
  };
  for (const Tensor& output : outputs) need(output);
  for (std::size_t call = calls_.size(); call-- > 0;) {
    if (!needed[call]) continue;
    for (const Tensor& input : calls_[call].inputs) need(input);
  }
  return needed;
}

Result<Architecture> Functional::model(const std::vector<Tensor>& inputs,
                                       const std::vector<Tensor>& outputs) const {
  DK_TRY(name_in({{"name", name_}}, "the model"));
  if (problem_) return fail(*problem_);
  bool own = !inputs.empty() && !outputs.empty();
  for (const Tensor& output : outputs) own = own && output.graph_ == this;
  if (!own) {
    return fail(Errc::kInvalid, "{}: a model needs an input and outputs, all of this graph", name_);
  }
  DK_TRY_ASSIGN(const auto input_places, number_inputs(inputs));
  Architecture made;
  made.name = name_;
  made.sequential = false;
  for (const Tensor& input : inputs) made.inputs.push_back(inputs_[input.from_.source]);
  std::vector<std::uint32_t> call_places(calls_.size(), kNone);
  const auto resolve = [&](const std::vector<Tensor>& tensors) -> Result<std::vector<TensorRef>> {
    std::vector<TensorRef> refs;
    for (const Tensor& tensor : tensors) {
      const auto source = tensor.from_.source;
      refs.push_back(
          {tensor.is_input_ ? input_places[source] : call_places[source], tensor.from_.output});
      if (refs.back().source != kNone) continue;
      return fail(Errc::kInvalid,
                  "{}: the outputs need the input '{}', which the model does not have", name_,
                  inputs_[source].name);
    }
    return refs;
  };
  const auto needed = needed_calls(outputs);
  std::vector<std::uint32_t> layer_places(layers_.size(), kNone);
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    if (!needed[i]) continue;
    auto& layer = layer_places[calls_[i].layer];
    if (layer == kNone) {
      layer = static_cast<std::uint32_t>(made.layers.size());
      made.layers.push_back(layers_[calls_[i].layer]);
    }
    DK_TRY_ASSIGN(auto refs, resolve(calls_[i].inputs));
    call_places[i] = static_cast<std::uint32_t>(made.inputs.size() + made.calls.size());
    made.calls.push_back({layer, std::move(refs)});
  }
  DK_TRY_ASSIGN(made.outputs, resolve(outputs));
  return in_keras_order(made);
}

}  // namespace dk::model
