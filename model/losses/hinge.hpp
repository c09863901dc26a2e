// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/losses/builtin.hpp"

namespace dk::model {

/// mean(max(1 - t y, 0)) over a row. Targets are -1 and 1; where a batch has only 0 and 1, t is
/// 2 target - 1.
double hinge(const LossBatch& batch, const LossArguments&);
/// mean(max(1 - t y, 0)^2), with the same t.
double squared_hinge(const LossBatch& batch, const LossArguments&);
/// max(max_i((1 - t_i) y_i) - sum_i(t_i y_i) + 1, 0) of a row with targets 0 and 1.
double categorical_hinge(const LossBatch& batch, const LossArguments&);

}  // namespace dk::model
