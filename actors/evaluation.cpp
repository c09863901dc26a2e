// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/evaluation.hpp"

#include <algorithm>
#include <numeric>

namespace dk {

Result<EvaluationSums> evaluate_model(model::Model& model, const storage::Dataset& data,
                                      const EvaluatedBatch& done, RowRange range) {
  const auto batch = model.max_batch_size();
  const auto begin = std::min(range.first, data.size());
  const auto end = begin + std::min(range.count, data.size() - begin);
  std::vector<float> x(batch * data.feature_size());
  std::vector<float> y(batch * data.target_size());
  std::vector<std::uint32_t> rows(end - begin);
  std::iota(rows.begin(), rows.end(), static_cast<std::uint32_t>(begin));
  storage::BatchReader reader(data, batch);
  reader.prefetch(rows);
  EvaluationSums sums;
  model.reset_metrics();
  for (std::size_t first = 0; first < rows.size(); first += batch) {
    const auto n = std::min(batch, rows.size() - first);
    const auto inputs = std::span(x).first(n * data.feature_size());
    const auto targets = std::span(y).first(n * data.target_size());
    DK_TRY(reader.read(std::span(rows).subspan(first, n), inputs, targets));
    const auto result = model.evaluate(inputs, targets, n);
    sums.loss.loss_sum += result.loss_sum;
    sums.loss.samples += result.samples;
    if (done) DK_TRY(done(inputs, targets, n));
  }
  const auto metrics = model.metric_sums();
  sums.metrics.assign(metrics.begin(), metrics.end());
  return sums;
}

Result<void> predict_rows(model::Model& model, FeatureRows& rows, RowRange range,
                          std::span<float> outputs) {
  const auto batch = model.max_batch_size();
  std::vector<float> x(batch * rows.feature_size());
  std::vector<std::uint32_t> numbers(batch);
  for (std::size_t done = 0; done < range.count; done += batch) {
    const auto n = std::min(batch, range.count - done);
    numbers.resize(n);
    std::iota(numbers.begin(), numbers.end(), static_cast<std::uint32_t>(range.first + done));
    const auto inputs = std::span(x).first(n * rows.feature_size());
    DK_TRY(rows.read(numbers, inputs));
    std::ranges::copy(model.predict(inputs, n),
                      outputs.subspan(done * model.output_size()).begin());
  }
  return {};
}

}  // namespace dk
