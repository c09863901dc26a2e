// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/losses/loss.hpp"

namespace dk::model {

/// What the losses of Keras take.
struct LossArguments {
  double delta = 1;
  double label_smoothing = 0;
};

/// See Loss::operator().
using LossFunction = double (*)(const LossBatch& batch, const LossArguments& arguments);

constexpr float kLossEpsilon = 1e-7F;  ///< Keras' backend.epsilon().

}  // namespace dk::model
