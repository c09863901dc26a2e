// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/initializers/initializer.hpp"
#include "model/regularizers/regularizer.hpp"
#include "model/shape.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dk::model {

/// A variable that a layer asks for. A layer names its trainable variables first, each kind in
/// Keras' order: the order of the layer's weights in every file.
struct VariableSpec {
  std::string name;  ///< `kernel`
  Shape shape;
  Initializer initializer;
  bool trainable = true;
  /// Keras' object of class_name and config, or null.
  nlohmann::json regularizer = nullptr;
  nlohmann::json constraint = nullptr;
  /// The part of the layer that holds it, as Keras 3 names its attributes: `cell`,
  /// `forward_layer/cell`; empty for the layer itself.
  std::string scope{};
};

/// What a layer plans for.
struct BuildContext {
  std::size_t max_batch = 1;
  /// False: `backward` is never called and `forward` never trains.
  bool training = true;
};

/// How the model may place a layer's tensors; known after `build`.
struct Placement {
  /// The output is the input in another shape; neither `forward` nor `backward` is called.
  bool view = false;
  /// `forward` works when the (first) output lies where the first input lies.
  bool forward_in_place = false;
  /// `backward` works when the first input's gradient lies where the first output's lies.
  bool backward_in_place = false;
  /// `backward` reads the inputs or the outputs, so that they are kept until then.
  bool keeps_inputs = true;
  bool keeps_outputs = true;
};

/// What becomes of Keras' mask (1: a step counts, 0: it is padding) behind a layer.
enum class MaskRule {
  kDrop,  ///< The outputs have none.
  kPass,  ///< Every output has the first input's.
  kMake,  ///< `make_mask` writes that of the first output.
};

/// Room and place for the pass of a batch of `n` samples, row major, through a layer. Masks are
/// floats, 0 or 1, one for each of the first axes of a tensor that `Layer::mask_shape` names;
/// nullptr where an input has none.
struct ForwardPass {
  std::span<const float* const> inputs{};
  std::span<const float* const> masks{};
  std::span<float* const> outputs{};
  std::size_t n = 0;
  bool training = false;
  std::uint64_t seed = 0;               ///< Of this step and call; the same in the backward pass.
  std::span<float* const> variables{};  ///< In the order of `variables()`.

  [[nodiscard]] const float* in(std::size_t i = 0) const { return inputs[i]; }
  [[nodiscard]] const float* mask(std::size_t i = 0) const { return masks[i]; }
  [[nodiscard]] float* out(std::size_t i = 0) const { return outputs[i]; }
};

/// The way back of the training pass just done.
struct BackwardPass {
  /// Invalid where the layer's Placement does not keep them.
  std::span<const float* const> inputs{};
  std::span<const float* const> masks{};
  std::span<const float* const> outputs{};
  /// May be overwritten; nullptr for an output that nothing was made of (never the only one).
  std::span<float* const> out_gradients{};
  /// Room for the results, overwritten; nullptr where nobody needs it.
  std::span<float* const> in_gradients{};
  std::size_t n = 0;
  std::uint64_t seed = 0;
  std::span<float* const> variables{};
  std::span<float* const> gradients{};  ///< Overwritten; nullptr where not trainable.

  [[nodiscard]] const float* in(std::size_t i = 0) const { return inputs[i]; }
  [[nodiscard]] const float* mask(std::size_t i = 0) const { return masks[i]; }
  [[nodiscard]] const float* out(std::size_t i = 0) const { return outputs[i]; }
  [[nodiscard]] float* out_gradient(std::size_t i = 0) const { return out_gradients[i]; }
  [[nodiscard]] float* in_gradient(std::size_t i = 0) const { return in_gradients[i]; }
};

/// One call of a Keras layer in a model: checked and planned once; `build` may fail, afterwards
/// nothing can, and nothing allocates. A layer that is called several times is several objects with
/// the same variables. Not for several threads at once. To add one: a pair of files in the folder
/// of its kind in layers/ and a line in that folder's layers.cpp.
class Layer {
 public:
  virtual ~Layer() = default;

  /// Keras' config: every key that has an effect, without what all layers have (`name`,
  /// `trainable`, `activity_regularizer`). Its factory reads it back.
  [[nodiscard]] virtual nlohmann::json config() const = 0;

  /// The outputs' shapes for these inputs', all without the batch's axis.
  virtual Result<std::vector<Shape>> build(std::span<const Shape> inputs,
                                           const BuildContext& context) = 0;
  /// Known after `build`.
  [[nodiscard]] virtual std::vector<VariableSpec> variables() const { return {}; }
  [[nodiscard]] virtual Placement placement() const { return {}; }
  /// Floats of its own memory, for `summary`.
  [[nodiscard]] virtual std::size_t workspace_floats() const { return 0; }

  virtual void forward(const ForwardPass& pass) = 0;
  virtual void backward(const BackwardPass& pass) = 0;

  /// Told after `build` which inputs come with a mask.
  [[nodiscard]] virtual MaskRule mask_rule(std::span<const bool> /*masked*/) const {
    return MaskRule::kDrop;
  }
  /// Writes `pass.n` samples' masks; called before `forward`, when the rule is kMake.
  virtual void make_mask(const ForwardPass& /*pass*/, float* /*mask*/) {}
  /// With kMake: the shape of a sample's mask.
  [[nodiscard]] virtual Shape mask_shape() const { return {}; }

  /// Asked of a layer at the model's end when the loss can do this activation better by itself: a
  /// layer that ends in it leaves it out from now on and returns true.
  virtual bool drop_activation(std::string_view /*name*/) { return false; }

  /// Keras' `trainable`: variables of a frozen layer do not learn.
  void set_trainable(bool trainable) { trainable_ = trainable; }
  [[nodiscard]] bool trainable() const { return trainable_; }

  /// Keras' `activity_regularizer`: that of the output, over a batch's samples the mean, is added
  /// to the loss; the network does it.
  void set_activity_regularizer(Regularizer regularizer) { activity_ = std::move(regularizer); }
  [[nodiscard]] const std::optional<Regularizer>& activity_regularizer() const { return activity_; }

 private:
  bool trainable_ = true;
  std::optional<Regularizer> activity_;
};

/// A layer of one input and one output: most of them.
class UnaryLayer : public Layer {
 public:
  Result<std::vector<Shape>> build(std::span<const Shape> inputs,
                                   const BuildContext& context) final;

 protected:
  /// The output's shape for this input's.
  virtual Result<Shape> build(const Shape& input, const BuildContext& context) = 0;
};

}  // namespace dk::model
