// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/model.hpp"
#include "storage/data/dataset.hpp"

#include <vector>

namespace dk {

/// Sums over every sample of a data set.
struct EvaluationSums {
  model::BatchResult loss;
  std::vector<double> metrics;  ///< `Model::metric_sums`
};

/// Loss and metrics of the model's weights over `data`, in batches of the model's largest; sizes
/// fit (check_resources). Resets the model's metrics.
[[nodiscard]] Result<EvaluationSums> evaluate_model(model::Model& model,
                                                    const storage::Dataset& data);

}  // namespace dk
