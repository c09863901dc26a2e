// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/model/layer_run.hpp"

#include "base/check.hpp"
#include "base/random.hpp"
#include "model/registry.hpp"

#include <algorithm>

namespace dk::bench {
namespace {

constexpr std::uint64_t kSeed = 7;

}  // namespace

LayerRun::LayerRun(const LayerCase& what)
    : layer_(model::make_layer(what.class_name, nlohmann::json::parse(what.config), what.name)
                 .value()),
      batch_(what.batch),
      masks_(what.inputs.size(), nullptr) {
  const auto outputs = layer_->build(what.inputs, {batch_, /*training=*/true}).value();
  DK_CHECK(outputs.size() == 1, "a layer of one output is expected");
  Random random(kSeed);
  for (const auto& shape : what.inputs) {
    const std::size_t floats = batch_ * model::element_count(shape).value();
    float* input = add_buffer(floats);
    std::generate_n(input, floats, [&] {
      return what.classes > 0 ? static_cast<float>(random.below(what.classes)) : random.normal();
    });
    inputs_.push_back(input);
    in_gradients_.push_back(what.classes > 0 ? nullptr : add_buffer(floats));
  }
  const std::size_t floats = batch_ * model::element_count(outputs.front()).value();
  outputs_.push_back(add_buffer(floats));
  out_gradients_.push_back(add_buffer(floats));
  fresh_gradient_.resize(floats);
  for (float& value : fresh_gradient_) value = random.normal();
  for (const auto& variable : layer_->variables()) {
    const std::size_t size = model::element_count(variable.shape).value();
    variables_.push_back(add_buffer(size));
    model::initialize(variable.initializer, variable.shape, kSeed, {variables_.back(), size});
    gradients_.push_back(variable.trainable ? add_buffer(size) : nullptr);
  }
}

void LayerRun::step() {
  pass(/*training=*/true);
  layer_->backward({.inputs = inputs_,
                    .masks = masks_,
                    .outputs = std::span<const float* const>(outputs_.data(), outputs_.size()),
                    .out_gradients = out_gradients_,
                    .in_gradients = in_gradients_,
                    .n = batch_,
                    .seed = kSeed,
                    .variables = variables_,
                    .gradients = gradients_});
}

void LayerRun::refill() {
  std::copy(fresh_gradient_.begin(), fresh_gradient_.end(), out_gradients_.front());
}

void LayerRun::pass(bool training) {
  layer_->forward({.inputs = inputs_,
                   .masks = masks_,
                   .outputs = outputs_,
                   .n = batch_,
                   .training = training,
                   .seed = kSeed,
                   .variables = variables_});
}

float* LayerRun::add_buffer(std::size_t floats) {
  buffers_.push_back(model::FloatBuffer::make(floats).value());
  return buffers_.back().data();
}

}  // namespace dk::bench
