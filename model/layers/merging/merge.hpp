// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/config_reader.hpp"
#include "model/float_buffer.hpp"
#include "model/layer.hpp"
#include "model/layers/merging/broadcast.hpp"

#include <string_view>
#include <vector>

namespace dk::model {

/// An elementwise operation of several arrays of the same size.
struct MergeOperation {
  /// `out` may be the first of `in`.
  void (*forward)(std::span<const float* const> in, float* out, std::size_t size);
  /// The gradient with respect to input `i`, which may be nullptr when `keeps_inputs`: nobody needs
  /// it. Called for i = 0, 1, ... when `keeps_inputs`; what it makes of `gradient` the next call
  /// sees. Else called in reverse, and for i = 0 `in_gradient` may be `gradient`.
  void (*backward)(std::span<const float* const> in, const float* out, float* gradient,
                   float* in_gradient, std::size_t i, std::size_t size);
  bool keeps_inputs = false;  ///< Whether `backward` reads them.
  bool keeps_outputs = false;
  std::size_t inputs = 0;  ///< 0: any number from 1.
};

/// Keras' Add, Subtract, Multiply, Average, Maximum and Minimum: y = x1 + x2 + ..., elementwise,
/// where inputs of different shapes are repeated as `broadcast_shape` says. Of equal elements in
/// Maximum and Minimum the first gets the gradient, as in TensorFlow. Where several inputs have a
/// mask, of their steps (axis 1) those count that count in all of these (Keras 2; Keras 3 lets a
/// step count that counts in any).
class Merge final : public Layer {
 public:
  explicit Merge(const MergeOperation& operation) : operation_(operation) {}

  [[nodiscard]] nlohmann::json config() const override { return nlohmann::json::object(); }
  Result<std::vector<Shape>> build(std::span<const Shape> inputs,
                                   const BuildContext& context) override;
  [[nodiscard]] Placement placement() const override;
  [[nodiscard]] std::size_t workspace_floats() const override;
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;
  [[nodiscard]] MaskRule mask_rule(std::span<const bool> masked) const override;
  void make_mask(const ForwardPass& pass, float* mask) override;
  [[nodiscard]] Shape mask_shape() const override;

 private:
  /// The inputs in the output's shape, in `wide_`.
  void widen(std::span<const float* const> inputs, std::size_t n);

  MergeOperation operation_;
  std::vector<Shape> inputs_;
  Shape output_;
  std::size_t size_ = 0;
  bool same_shapes_ = true;
  std::vector<Broadcast> broadcasts_;
  std::vector<FloatBuffer> buffers_;  ///< Of the inputs that are repeated.
  std::vector<const float*> wide_;
  FloatBuffer wide_gradient_;
};

/// `Add` ... `Minimum`.
std::unique_ptr<Layer> make_add(ConfigReader& config);
std::unique_ptr<Layer> make_subtract(ConfigReader& config);
std::unique_ptr<Layer> make_multiply(ConfigReader& config);
std::unique_ptr<Layer> make_average(ConfigReader& config);
std::unique_ptr<Layer> make_maximum(ConfigReader& config);
std::unique_ptr<Layer> make_minimum(ConfigReader& config);

}  // namespace dk::model
