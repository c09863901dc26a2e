// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/registry.hpp"
#include "tests/model/model_support.hpp"

namespace dk::model {

using Floats = std::vector<float>;

/// One layer outside of a model, with any number of inputs, masks and outputs.
class LayerRun {
 public:
  LayerRun(const char* class_name, const std::string& config, std::vector<Shape> shapes,
           std::size_t batch = 1)
      : batch_(batch), in_gradients(shapes.size()), masks(shapes.size()) {
    layer_ = make_layer(class_name, nlohmann::json::parse(config), "test").value();
    const auto made = layer_->build(shapes, {batch, true}).value();
    for (const Shape& shape : made) {
      outputs.emplace_back(batch * element_count(shape).value());
    }
    for (const VariableSpec& spec : layer_->variables()) {
      weights.push_back(random_floats(element_count(spec.shape).value(), 3 + weights.size()));
      gradients.emplace_back(weights.back().size());
    }
    for (const Shape& shape : shapes) {
      inputs.push_back(random_floats(batch * element_count(shape).value(), 20 + inputs.size()));
    }
  }

  [[nodiscard]] Layer& layer() { return *layer_; }

  const std::vector<Floats>& forward(std::uint64_t seed = 1, bool training = true) {
    const auto in = constant(inputs);
    const auto mask = constant(masks);
    const auto out = pointers(outputs);
    const auto variables = pointers(weights);
    layer_->forward({.inputs = in,
                     .masks = mask,
                     .outputs = out,
                     .n = batch_,
                     .training = training,
                     .seed = seed,
                     .variables = variables});
    return outputs;
  }

  void backward(std::vector<Floats> out_gradients, std::uint64_t seed = 1) {
    const auto in = constant(inputs);
    const auto mask = constant(masks);
    const auto results = constant(outputs);
    const auto variables = pointers(weights);
    for (std::size_t i = 0; i < inputs.size(); ++i) in_gradients[i].assign(inputs[i].size(), 9);
    layer_->backward({.inputs = in,
                      .masks = mask,
                      .outputs = results,
                      .out_gradients = pointers(out_gradients),
                      .in_gradients = pointers(in_gradients),
                      .n = batch_,
                      .seed = seed,
                      .variables = variables,
                      .gradients = pointers(gradients)});
  }

  /// Holds all gradients of a random weighting of the outputs to finite differences.
  void check_gradients() {
    std::vector<Floats> factors;
    for (const Floats& output : outputs) factors.push_back(random_floats(output.size(), 40));
    const auto value = [&] {
      forward();
      double sum = 0;
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        for (std::size_t k = 0; k < outputs[i].size(); ++k) sum += outputs[i][k] * factors[i][k];
      }
      return sum;
    };
    forward();
    backward(factors);
    const auto compare = [&](std::vector<Floats>& values, const std::vector<Floats>& found) {
      constexpr float kStep = 4e-3F;
      constexpr double kTolerance = 4e-3;
      for (std::size_t i = 0; i < values.size(); ++i) {
        for (std::size_t k = 0; k < values[i].size(); ++k) {
          const float kept = values[i][k];
          values[i][k] = kept + kStep;
          const double above = value();
          values[i][k] = kept - kStep;
          const double expected = (above - value()) / (2 * kStep);
          values[i][k] = kept;
          EXPECT_NEAR(found[i][k], expected, kTolerance * (1 + std::abs(expected)))
              << "tensor " << i << " element " << k;
        }
      }
    };
    compare(inputs, in_gradients);
    compare(weights, gradients);
  }

 private:
  static std::vector<float*> pointers(std::vector<Floats>& values) {
    std::vector<float*> pointers;
    for (Floats& value : values) pointers.push_back(value.empty() ? nullptr : value.data());
    return pointers;
  }
  static std::vector<const float*> constant(std::vector<Floats>& values) {
    const auto all = pointers(values);
    return {all.begin(), all.end()};
  }

  std::size_t batch_;
  std::unique_ptr<Layer> layer_;

 public:
  std::vector<Floats> inputs;
  std::vector<Floats> in_gradients;
  std::vector<Floats> masks;  ///< Empty: none.
  std::vector<Floats> outputs;
  std::vector<Floats> weights;
  std::vector<Floats> gradients;
};

/// Why this layer cannot be made, or not for these inputs.
inline std::string why_not(const char* class_name, const std::string& config,
                           const std::vector<Shape>& inputs = {}) {
  auto layer = make_layer(class_name, nlohmann::json::parse(config), "test");
  if (!layer) return layer.error().message;
  if (inputs.empty()) return "";
  const auto built = (*layer)->build(inputs, {1, true});
  return built ? "" : built.error().message;
}

}  // namespace dk::model
