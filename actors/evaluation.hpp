// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/model.hpp"
#include "storage/data/dataset.hpp"

#include <functional>
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

/// Loss and metrics of the model's weights over `data`, in batches of the model's largest; sizes
/// fit (check_resources). Resets the model's metrics. `done` is told of every batch, in order.
[[nodiscard]] Result<EvaluationSums> evaluate_model(model::Model& model,
                                                    const storage::Dataset& data,
                                                    const EvaluatedBatch& done = {});

}  // namespace dk
