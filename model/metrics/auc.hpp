// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/metrics/builtin.hpp"

// Keras' auc(num_thresholds=200, curve="ROC", summation_method="interpolation", from_logits=False):
// the area under a curve that is known at n thresholds, i / (n - 1) but for the first and the last,
// which lie just outside of [0, 1]. All outputs of a row count. The sums are how much weight of
// positive (t not 0), and of negative, outputs lies between two thresholds: 2 n of them.
//
// ROC: true positives' rate over false positives' rate. PR: precision over recall. "interpolation"
// is the trapezoidal rule, and for PR the one of Davis and Goadrich (2006), which interpolates the
// counts and not the precision; "minoring" and "majoring" take the lower or upper end of each
// interval.
namespace dk::model {

[[nodiscard]] std::span<const MetricKind> auc_metrics();

}  // namespace dk::model
