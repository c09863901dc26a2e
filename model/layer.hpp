// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/initializers/initializer.hpp"
#include "model/shape.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dk::model {

/// A variable that a layer asks for.
struct VariableSpec {
  std::string name;  ///< `kernel`
  Shape shape;
  Initializer initializer;
  bool trainable = true;
};

/// One pass of a batch of `n` samples, row major, through a layer. Pointers are the model's.
struct ForwardPass {
  const float* in = nullptr;
  float* out = nullptr;  ///< Room for the layer's output.
  std::size_t n = 0;
  bool training = false;
  std::uint64_t seed = 0;               ///< Of this step and layer; the same in the backward pass.
  std::span<float* const> variables{};  ///< In the order of `variables()`.
};

/// The way back of the training pass just done.
struct BackwardPass {
  const float* in = nullptr;
  const float* out = nullptr;     ///< What `forward` returned.
  float* out_gradient = nullptr;  ///< May be overwritten.
  float* in_gradient = nullptr;   ///< Room for the result; nullptr when nobody needs it.
  std::size_t n = 0;
  std::uint64_t seed = 0;
  std::span<float* const> variables{};
  std::span<float* const> gradients{};  ///< Overwritten; nullptr where not trainable.
};

/// A step of a model that was checked and planned once: `build` may fail, afterwards nothing can,
/// and nothing allocates. Not for several threads at once. To add one: a pair of files in layers/,
/// one line in registry.cpp; the layer contract test then covers it.
class Layer {
 public:
  virtual ~Layer() = default;

  /// Keras' config: every key that has an effect, without `name`. Its factory reads it back.
  [[nodiscard]] virtual nlohmann::json config() const = 0;
  /// The output's shape for this input's; plans everything for batches up to `max_batch`.
  virtual Result<Shape> build(const Shape& input, std::size_t max_batch) = 0;
  /// Known after `build`.
  [[nodiscard]] virtual std::vector<VariableSpec> variables() const { return {}; }

  /// Where the output is: `pass.out`, or `pass.in` when the layer changes nothing.
  virtual const float* forward(const ForwardPass& pass) = 0;
  /// Where the input's gradient is: `pass.in_gradient`, or `pass.out_gradient` changed in place.
  virtual float* backward(const BackwardPass& pass) = 0;

  /// Asked of the last layer when the loss wants logits: a layer that ends in softmax leaves it out
  /// from now on and returns true.
  virtual bool drop_softmax() { return false; }
};

}  // namespace dk::model
