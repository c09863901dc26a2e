// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/shape.hpp"

#include <cstdint>
#include <ostream>
#include <span>
#include <vector>

namespace dk::model {

/// One layer with its config for the layer contract: every registered class must be in one of the
/// lists below.
struct LayerCase {
  const char* class_name;
  const char* config;
  std::vector<Shape> inputs;
  /// Inputs are whole numbers from 0 to below this, and no gradient goes to them; 0: any numbers.
  std::size_t classes = 0;
  /// Of inputs and weights: another one where a kink of the function is met by chance.
  std::uint64_t seed = 7;
  /// Absolute, for the gradients of functions that curve strongly.
  double tolerance = 2e-3;
};

inline void PrintTo(const LayerCase& value, std::ostream* out) {
  *out << value.class_name << value.config;
}

std::span<const LayerCase> activation_cases();
std::span<const LayerCase> attention_cases();
std::span<const LayerCase> convolutional_cases();
std::span<const LayerCase> core_cases();
std::span<const LayerCase> merging_cases();
std::span<const LayerCase> normalization_cases();
std::span<const LayerCase> pooling_cases();
std::span<const LayerCase> preprocessing_cases();
std::span<const LayerCase> regularization_cases();
std::span<const LayerCase> reshaping_cases();
std::span<const LayerCase> rnn_cases();

}  // namespace dk::model
