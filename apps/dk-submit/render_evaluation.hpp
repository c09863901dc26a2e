// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "apps/dk-submit/evaluate.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace dk::submit {

/// Classes up to which a confusion matrix is printed; above, the pairs confused most often.
inline constexpr std::size_t kMostMatrixClasses = 20;

/// For people: a line of loss and metrics; of classes the confusion matrix and precision, recall,
/// F1 and support of each.
[[nodiscard]] std::string render_evaluation(const Evaluation& evaluation);
/// The same as one object; `confused` has all pairs, `matrix` up to kMostMatrixClasses classes.
[[nodiscard]] nlohmann::json evaluation_json(const Evaluation& evaluation);

}  // namespace dk::submit
