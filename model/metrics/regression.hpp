// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/metrics/builtin.hpp"

// Of outputs y and targets t.
//
//     any loss                  the weighted mean over rows of the loss with the same arguments;
//     only
//                               cosine_similarity has the other sign, as in Keras
//     root_mean_squared_error   sqrt(mean((y - t)^2))
//     r2_score(class_aggregation="uniform_average")
//                               of a column 1 - sum((t - y)^2) / sum((t - mean(t))^2), 0 where t is
//                               constant and y is not t; the columns' mean, or with
//                               "variance_weighted_average" weighted by what is divided by; None:
//                               the table has one for each, the value is the mean. Keras'
//                               num_regressors is not supported.
namespace dk::model {

[[nodiscard]] std::span<const MetricKind> regression_metrics();

}  // namespace dk::model
