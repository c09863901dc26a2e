// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/architecture.hpp"
#include "model/float_buffer.hpp"
#include "model/layer.hpp"
#include "model/layout.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace dk::model {

/// A model's layers, planned: which is called when, with tensors where in memory, and how gradients
/// come back and add up. Knows nothing of losses. After `plan` nothing fails and nothing allocates.
class Network {
 public:
  /// Builds every layer. kInvalid names the layer that does not fit.
  static Result<Network> build(const Architecture& architecture, const BuildContext& context);
  Network(Network&&) noexcept;
  Network& operator=(Network&&) noexcept;
  ~Network();

  /// One variable of a layer, however often the layer is called.
  struct VariableUse {
    VariableSpec spec;
    std::size_t layout_index = 0;  ///< In `layout().variables()`.
  };

  [[nodiscard]] const Layout& layout() const { return layout_; }
  /// In Keras' order of `get_weights()`: layer by layer.
  [[nodiscard]] std::span<const VariableUse> variables() const { return variables_; }
  [[nodiscard]] std::span<const Shape> input_shapes() const { return input_shapes_; }
  [[nodiscard]] std::span<const Shape> output_shapes() const { return output_shapes_; }
  /// Whether a mask comes out with output `index`, one value per row (all axes but the last).
  [[nodiscard]] bool output_has_mask(std::size_t index) const;
  /// Floats of all tensors of a step together, with what the layers keep.
  [[nodiscard]] std::size_t workspace_floats() const;

  /// Before `plan`: leaves this activation out where output `index` comes from, when that layer
  /// ends in it and feeds nothing else.
  bool drop_activation(std::size_t index, std::string_view name);

  /// Places all tensors and ties the variables to the flat vectors, which must stay where they are.
  /// `gradients` is empty without training.
  Result<void> plan(std::span<float> parameters, std::span<float> gradients);

  /// `inputs`: one pointer to `n` samples for each of the model's inputs; they stay valid until the
  /// way back is done.
  void forward(std::span<const float* const> inputs, std::size_t n, bool training,
               std::uint64_t seed);
  [[nodiscard]] const float* output(std::size_t index) const;
  /// What Keras' activity regularizers of all calls make of the last forward pass' outputs, summed
  /// over the samples; the loss, a mean, takes it divided by their number, and so does `backward`.
  [[nodiscard]] double activity_penalty() const;
  /// Applies the activations that were dropped to the outputs of `n` samples.
  void restore_activations(std::size_t n);
  [[nodiscard]] const float* output_mask(std::size_t index) const;
  /// Where the loss writes the gradient by output `index` before `backward`; nullptr when nothing
  /// that learns leads there.
  [[nodiscard]] float* output_gradient(std::size_t index) const;
  void backward(std::size_t n, std::uint64_t seed);

  /// What `summary` tells of a call, in order.
  struct CallInfo {
    std::string path;
    std::string class_name;
    std::vector<std::string> inputs;  ///< Names of the inputs or paths of the layers.
    std::vector<Shape> outputs;
  };
  [[nodiscard]] std::vector<CallInfo> calls() const;

 private:
  Network();

  std::unique_ptr<struct NetworkState> state_;
  Layout layout_;
  std::vector<VariableUse> variables_;
  std::vector<Shape> input_shapes_;
  std::vector<Shape> output_shapes_;
};

}  // namespace dk::model
