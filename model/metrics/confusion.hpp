// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/metrics/builtin.hpp"

// Metrics of counted hits and misses, weighted by rows. An output is positive above a threshold; a
// target where it is not 0. x / 0 is 0.
//
//     precision(thresholds=0.5, class_id=None)  true positives / all positive outputs
//     recall(thresholds=0.5, class_id=None)     true positives / all positive targets
//         of all outputs together or of the number class_id. With several thresholds the table has
//         one for each, and the value is their mean. Keras' top_k is not supported.
//     f1_score(average=None, threshold=None)    2 p r / (p + r) = 2 TP / (2 TP + FP + FN)
//         without a threshold the largest output of a row is the positive one. average None: the
//         table has one for each class, and the value is their mean, that of "macro"; "micro": of
//         all classes' counts; "weighted": a mean weighted by the classes' targets.
//     confusion_matrix                          ours: the table [target][output] of the rows'
//         weights; with one output the classes are 0 and 1, above 0.5. The value is the accuracy. A
//         label that is no class is not counted.
namespace dk::model {

[[nodiscard]] std::span<const MetricKind> confusion_metrics();

}  // namespace dk::model
