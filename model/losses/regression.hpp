// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/losses/builtin.hpp"

namespace dk::model {

// Of outputs y and targets t, the mean over a row of the given term; d = y - t.

/// d^2
double mean_squared_error(const LossBatch& batch, const LossArguments&);
/// |d|
double mean_absolute_error(const LossBatch& batch, const LossArguments&);
/// 100 |d| / max(|t|, 1e-7)
double mean_absolute_percentage_error(const LossBatch& batch, const LossArguments&);
/// (log(1 + max(y, 1e-7)) - log(1 + max(t, 1e-7)))^2
double mean_squared_logarithmic_error(const LossBatch& batch, const LossArguments&);
/// d^2 / 2 where |d| <= delta, else delta * |d| - delta^2 / 2 (Huber, 1964)
double huber(const LossBatch& batch, const LossArguments& arguments);
/// log(cosh(d))
double log_cosh(const LossBatch& batch, const LossArguments&);

/// Of a whole row: -sum_i y_i t_i / (|y| |t|), where the squared norms are at least 1e-12.
double cosine_similarity(const LossBatch& batch, const LossArguments&);

}  // namespace dk::model
