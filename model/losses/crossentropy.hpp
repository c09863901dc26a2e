// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/losses/loss.hpp"

namespace dk::model {

/// -sum_i t_i * log(p_i). From outputs that are no softmax, p is the outputs divided by their sum
/// and clipped to [1e-7, 1 - 1e-7], as in Keras. From logits z it is sum_i t_i * (logsumexp(z) -
/// z_i), which neither overflows nor rounds to log(0).
extern const Loss kCategoricalCrossentropy;
/// The same with t a class index in a float. An index that is no class makes loss and gradient NaN,
/// so that bad labels cannot train anything and are seen at once.
extern const Loss kSparseCategoricalCrossentropy;

}  // namespace dk::model
