// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dk::model {

/// An elementwise function f, or softmax over the last axis. Every derivative is taken from the
/// output, so that the input need not be kept. Adding a bias and summing its gradient ride along in
/// the same pass over memory.
struct Activation {
  std::string_view name;  ///< Keras' name.
  /// values = f(values + bias), in place, `rows` rows of `width`; `bias` (width) may be nullptr.
  void (*forward)(float* values, const float* bias, std::size_t rows, std::size_t width);
  /// From the outputs: gradient *= f'(...), in place; bias_gradient (width, may be nullptr) =
  /// column sums of the result.
  void (*backward)(const float* outputs, float* gradient, float* bias_gradient, std::size_t rows,
                   std::size_t width);
};

/// nullptr when there is none of this name.
[[nodiscard]] const Activation* find_activation(std::string_view name);
[[nodiscard]] std::vector<std::string> known_activations();

}  // namespace dk::model
