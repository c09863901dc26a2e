// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/losses/builtin.hpp"

namespace dk::model {

// Of outputs y and targets t.

/// mean(y - t log(y + 1e-7)) over a row.
double poisson(const LossBatch& batch, const LossArguments&);
/// sum(t log(t / y)) over a row, y and t clipped to [1e-7, 1].
double kl_divergence(const LossBatch& batch, const LossArguments&);

/// mean(-t log(y) - (1 - t) log(1 - y)) over a row, y clipped to [1e-7, 1 - 1e-7], t =
/// target (1 - label_smoothing) + label_smoothing / 2.
double binary_crossentropy(const LossBatch& batch, const LossArguments& arguments);
/// The same of y = sigmoid(z), from z: mean(max(z, 0) - z t + log(1 + e^-|z|)), which neither
/// overflows nor rounds to log(0).
double binary_crossentropy_from_logits(const LossBatch& batch, const LossArguments& arguments);

}  // namespace dk::model
