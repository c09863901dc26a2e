// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/losses/builtin.hpp"

namespace dk::model {

/// -sum_i t_i log(p_i) of a row, where p is the outputs divided by their sum and clipped to
/// [1e-7, 1 - 1e-7], and t = target (1 - label_smoothing) + label_smoothing / size.
double categorical_crossentropy(const LossBatch& batch, const LossArguments& arguments);
/// The same of p = softmax(z), from z: sum_i t_i (logsumexp(z) - z_i), which neither overflows nor
/// rounds to log(0).
double categorical_crossentropy_from_logits(const LossBatch& batch, const LossArguments& arguments);

/// The same where the target is one class index, in a float. An index that is no class makes loss
/// and gradient NaN, so that bad labels cannot train anything and are seen at once.
double sparse_categorical_crossentropy(const LossBatch& batch, const LossArguments&);
double sparse_categorical_crossentropy_from_logits(const LossBatch& batch, const LossArguments&);

/// A whole number in [0, classes).
[[nodiscard]] bool is_class(float label, std::size_t classes);

}  // namespace dk::model
