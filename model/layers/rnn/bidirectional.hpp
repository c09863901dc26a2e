// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/layers/rnn/recurrent.hpp"
#include "model/layers/rnn/wrapped_layer.hpp"

#include <array>

namespace dk::model {

/// Keras' Bidirectional (Schuster and Paliwal, 1997): one recurrent layer from the first step on, a
/// second one from the last, which is another of the same config, or `backward_layer`. With
/// return_sequences the second's outputs are put back in order. merge_mode `concat` joins the last
/// axes, `sum`, `mul` and `ave` (their mean) leave it as it is, null gives two outputs. Then come
/// the forward layer's states and the backward layer's, both as inputs and as outputs.
class Bidirectional final : public Layer {
 public:
  explicit Bidirectional(ConfigReader& config);

  [[nodiscard]] nlohmann::json config() const override;
  Result<std::vector<Shape>> build(std::span<const Shape> inputs,
                                   const BuildContext& context) override;
  [[nodiscard]] std::vector<VariableSpec> variables() const override;
  [[nodiscard]] Placement placement() const override;
  [[nodiscard]] std::size_t workspace_floats() const override;
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;
  [[nodiscard]] MaskRule mask_rule(std::span<const bool> masked) const override;
  void make_mask(const ForwardPass& pass, float* mask) override;
  [[nodiscard]] Shape mask_shape() const override { return {steps_}; }

 private:
  enum class Merge { kNone, kConcat, kSum, kMul, kAve };

  struct Direction {
    WrappedLayer wrapped;
    Recurrent* layer = nullptr;  ///< The same one.
    FloatBuffer y;
    FloatBuffer y_gradient;
    std::size_t first_variable = 0;
    std::size_t variables = 0;
    // What its pass points to.
    std::vector<const float*> in;
    std::vector<const float*> masks;
    std::vector<float*> out;
    std::vector<float*> out_gradients;
    std::vector<float*> in_gradients;
  };

  void read_merge_mode(ConfigReader& config);
  void make_backward(ConfigReader& config);
  void check_pair(ConfigReader& config) const;
  Result<std::vector<Shape>> build_directions(std::span<const Shape> inputs,
                                              const BuildContext& context);
  Result<void> allocate(const BuildContext& context);
  void forward(Direction& direction, std::size_t index, const ForwardPass& pass);
  void merge(const ForwardPass& pass) const;
  void split_gradient(const BackwardPass& pass);
  void backward(Direction& direction, std::size_t index, const BackwardPass& pass);
  [[nodiscard]] std::size_t merged_outputs() const { return merge_ == Merge::kNone ? 2 : 1; }
  /// The backward layer's row for a row of the output.
  [[nodiscard]] std::size_t mirrored(std::size_t row) const {
    return row / rows_ * rows_ + (rows_ - 1 - row % rows_);
  }

  Merge merge_ = Merge::kConcat;
  std::array<Direction, 2> directions_;
  bool own_backward_ = false;  ///< Came with a backward_layer.
  std::size_t steps_ = 0;
  std::size_t features_ = 0;
  std::size_t rows_ = 1;  ///< Of one sample's output: its steps or 1.
  std::size_t units_ = 0;
  FloatBuffer x_gradient_;
};

}  // namespace dk::model
