// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/losses/loss.hpp"

namespace dk::model {

/// A sample's loss is mean_i (y_i - t_i)^2 over its outputs.
extern const Loss kMeanSquaredError;

}  // namespace dk::model
