// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/evaluation.hpp"

#include <algorithm>
#include <numeric>

namespace dk {

Result<EvaluationSums> evaluate_model(model::Model& model, const storage::Dataset& data,
                                      const EvaluatedBatch& done) {
  const auto batch = model.max_batch_size();
  std::vector<float> x(batch * data.feature_size());
  std::vector<float> y(batch * data.target_size());
  std::vector<std::uint32_t> rows(batch);
  storage::BatchReader reader(data, batch);
  EvaluationSums sums;
  model.reset_metrics();
  for (std::size_t first = 0; first < data.size(); first += batch) {
    const auto n = std::min(batch, data.size() - first);
    rows.resize(n);
    std::iota(rows.begin(), rows.end(), static_cast<std::uint32_t>(first));
    const auto inputs = std::span(x).first(n * data.feature_size());
    const auto targets = std::span(y).first(n * data.target_size());
    DK_TRY(reader.read(rows, inputs, targets));
    const auto result = model.evaluate(inputs, targets, n);
    sums.loss.loss_sum += result.loss_sum;
    sums.loss.samples += result.samples;
    if (done) DK_TRY(done(inputs, targets, n));
  }
  const auto metrics = model.metric_sums();
  sums.metrics.assign(metrics.begin(), metrics.end());
  return sums;
}

}  // namespace dk
