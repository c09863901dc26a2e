// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/random.hpp"
#include "model/training/training.hpp"

#include <algorithm>

namespace dk::model {
namespace {

Logs logs_of(Model& model, const BatchResult& sums) {
  Logs logs{{"loss", sums.loss_sum / static_cast<double>(sums.samples)}};
  for (MetricValue& metric : model.metric_values(model.metric_sums())) {
    logs.push_back(std::move(metric));
  }
  return logs;
}

}  // namespace

Result<Logs> evaluate(Model& model, const Data& data) {
  DK_TRY_ASSIGN(const std::size_t samples, count_samples(model, data, "evaluate"));
  model.reset_metrics();
  BatchResult sums;
  for (std::size_t first = 0; first < samples; first += model.max_batch_size()) {
    const std::size_t n = std::min(model.max_batch_size(), samples - first);
    const Data batch = rows(model, data, first, n);
    const auto result = model.evaluate(batch.x, batch.y, n, batch.sample_weights);
    sums.loss_sum += result.loss_sum;
    sums.samples += result.samples;
  }
  return logs_of(model, sums);
}

Result<std::vector<float>> predict(Model& model, std::span<const float> x) {
  if (x.size() % model.input_size() != 0) {
    return fail(Errc::kInvalid, "predict: x has {} floats; the model takes {} per sample", x.size(),
                model.input_size());
  }
  const std::size_t samples = x.size() / model.input_size();
  std::vector<float> predictions;
  predictions.reserve(samples * model.output_size());
  for (std::size_t first = 0; first < samples; first += model.max_batch_size()) {
    const std::size_t n = std::min(model.max_batch_size(), samples - first);
    const auto batch =
        model.predict(x.subspan(first * model.input_size(), n * model.input_size()), n);
    predictions.insert(predictions.end(), batch.begin(), batch.end());
  }
  return predictions;
}

Result<Logs> train_on_batch(Model& model, Optimizer& optimizer, const Data& data,
                            std::uint64_t seed) {
  DK_TRY_ASSIGN(const std::size_t samples, count_samples(model, data, "train_on_batch"));
  if (!model.config().training || samples > model.max_batch_size()) {
    return fail(Errc::kInvalid,
                "train_on_batch: a batch of {} for a model built for {} in training", samples,
                model.config().training ? model.max_batch_size() : 0);
  }
  model.reset_metrics();
  const auto result = model.compute_gradients(
      data.x, data.y, samples, seed_for(seed, optimizer.steps()), data.sample_weights);
  optimizer.step(model.trainable(), model.gradients());
  model.constrain();
  return logs_of(model, result);
}

}  // namespace dk::model
