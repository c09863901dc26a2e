// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dk::model {

/// One batch at the model's end: `n` rows of `size` outputs and their targets.
struct LossBatch {
  const float* outputs = nullptr;
  const float* targets = nullptr;
  float* gradient = nullptr;  ///< Of the batch's mean loss, by outputs; nullptr: not wanted.
  std::size_t n = 0;
  std::size_t size = 0;
};

/// A loss by Keras' name. The functions return the sum over the batch's samples and write the
/// gradient in the same pass.
struct Loss {
  std::string_view name{};
  std::string_view alias{};
  /// One target per sample, holding the class index, instead of as many as outputs.
  bool sparse_targets = false;
  std::size_t min_outputs = 1;
  double (*from_outputs)(const LossBatch& batch) = nullptr;
  /// For a model that ends in softmax, from what goes into it; nullptr when that gains nothing.
  double (*from_logits)(const LossBatch& batch) = nullptr;
};

/// kInvalid with the list of known losses.
[[nodiscard]] Result<const Loss*> find_loss(std::string_view name);
/// Names and aliases.
[[nodiscard]] std::vector<std::string> known_losses();

}  // namespace dk::model
