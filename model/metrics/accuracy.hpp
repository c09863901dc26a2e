// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/metrics/builtin.hpp"

// Keras' accuracies, each the weighted mean over rows; the sums are the weight of what is right and
// all weight.
//
//     binary_accuracy(threshold=0.5)     the part of a row's outputs for which (y > threshold) = t
//     categorical_accuracy               1 where the largest output is the largest target
//     sparse_categorical_accuracy        1 where the largest output's index is the target
//     top_k_categorical_accuracy(k=5)    1 where fewer than k outputs are above the output of the
//     sparse_top_k_categorical_accuracy  largest target, or of the target; 0 where one is not
//     finite
namespace dk::model {

/// The accuracy that `accuracy` stands for; see make_metric.
[[nodiscard]] Result<std::unique_ptr<Metric>> make_accuracy(const MetricTarget& target,
                                                            std::string name);

}  // namespace dk::model
