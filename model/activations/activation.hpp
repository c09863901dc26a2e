// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/float_buffer.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dk::model {

/// An elementwise function f, or softmax over the last axis, of rows of `width` values. Adding a
/// bias and summing its gradient ride along in the same pass over memory.
struct Activation {
  std::string_view name;  ///< Keras' name.
  /// Whether the derivative needs what went into f (`kept`), and not only what came out.
  bool keeps_input = false;
  /// values = f(values + bias), in place. `bias` (width) may be nullptr. Where `kept` (rows *
  /// width) is no nullptr and `keeps_input`, it gets values + bias.
  void (*forward)(float* values, const float* bias, float* kept, std::size_t rows,
                  std::size_t width) = nullptr;
  /// gradient *= f', in place, from the outputs and what was kept; bias_gradient (width, may be
  /// nullptr) = column sums of the result.
  void (*backward)(const float* outputs, const float* kept, float* gradient, float* bias_gradient,
                   std::size_t rows, std::size_t width) = nullptr;
};

/// nullptr when there is none of this name. `hard_sigmoid` is that of Keras up to 2, and
/// `hard_sigmoid_keras_3` that of Keras 3.
[[nodiscard]] const Activation* find_activation(std::string_view name);
[[nodiscard]] std::vector<std::string> known_activations();

/// The activation that ends a layer, with the memory that its way back needs.
class ActivationStage {
 public:
  /// Linear.
  ActivationStage();
  explicit ActivationStage(const Activation* activation) : activation_(activation) {}

  [[nodiscard]] std::string_view name() const { return activation_->name; }
  [[nodiscard]] const Activation& activation() const { return *activation_; }
  [[nodiscard]] bool is_linear() const { return name() == "linear"; }

  /// For up to `rows` rows of `width`; without training nothing is kept.
  Result<void> plan(std::size_t rows, std::size_t width, bool training);
  [[nodiscard]] std::size_t workspace_floats() const { return kept_.span().size(); }
  void forward(float* values, const float* bias, std::size_t rows) {
    activation_->forward(values, bias, kept_.data(), rows, width_);
  }
  void backward(const float* outputs, float* gradient, float* bias_gradient,
                std::size_t rows) const {
    activation_->backward(outputs, kept_.data(), gradient, bias_gradient, rows, width_);
  }
  /// Becomes linear when it is this one; see Layer::drop_activation.
  bool drop(std::string_view name);

 private:
  const Activation* activation_;
  std::size_t width_ = 0;
  FloatBuffer kept_;
};

}  // namespace dk::model
