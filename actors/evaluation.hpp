// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/descriptor/feature_rows.hpp"
#include "model/model.hpp"
#include "storage/data/dataset.hpp"

#include <functional>
#include <limits>
#include <span>
#include <vector>

namespace dk {

/// Sums over every sample of a data set.
struct EvaluationSums {
  model::BatchResult loss;
  std::vector<double> metrics;  ///< `Model::metric_sums`
};

/// A batch that was evaluated, `n` samples and their targets; the model may be used meanwhile. An
/// error ends the evaluation.
using EvaluatedBatch = std::function<Result<void>(std::span<const float> inputs,
                                                  std::span<const float> targets, std::size_t n)>;

/// Rows of a data set.
struct RowRange {
  std::size_t first = 0;
  std::size_t count = std::numeric_limits<std::size_t>::max();  ///< up to the end at most
};

/// Loss and metrics of the model's weights over rows of `data`, in batches of the model's largest;
/// sizes fit (check_resources). Resets the model's metrics. `done` is told of every batch, in
/// order. The sums of ranges that begin at whole batches add up to those of one pass.
[[nodiscard]] Result<EvaluationSums> evaluate_model(model::Model& model,
                                                    const storage::Dataset& data,
                                                    const EvaluatedBatch& done = {},
                                                    RowRange range = {});
/// The model's outputs for rows without labels, row after row; `outputs` has room for
/// `range.count`, which lies within the rows.
Result<void> predict_rows(model::Model& model, FeatureRows& rows, RowRange range,
                          std::span<float> outputs);

}  // namespace dk
