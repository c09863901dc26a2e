// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/trained_model.hpp"

#include "base/files.hpp"
#include "model/keras/read_json.hpp"
#include "storage/data/dataset.hpp"
#include "storage/data/idx.hpp"
#include "storage/data/npy.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace dk::submit {
namespace {

constexpr std::size_t kBatch = 256;

}  // namespace

Result<TrainedModel> fetch_trained(Gateway& gateway, JobId job) {
  TrainedModel trained;
  trained.source = fmt::format("job {}", job.value);
  DK_TRY_ASSIGN(trained.architecture, gateway.architecture(job));
  DK_TRY_ASSIGN(const auto bytes, gateway.weights(job));
  if (bytes.size() % sizeof(float) != 0) {
    return fail(Errc::kCorrupt, "{}: {} bytes of weights are no whole number of floats",
                trained.source, bytes.size());
  }
  trained.weights.resize(bytes.size() / sizeof(float));
  if (!bytes.empty()) std::memcpy(trained.weights.data(), bytes.data(), bytes.size());
  DK_TRY_ASSIGN(const auto spec, gateway.spec(job));
  DK_TRY_ASSIGN(trained.spec, job_spec_from_json(spec));
  return trained;
}

Result<TrainedModel> read_trained(const std::filesystem::path& model,
                                  const std::filesystem::path& weights) {
  TrainedModel trained;
  trained.source = model.string();
  DK_TRY_ASSIGN(trained.architecture, read_file(model));
  DK_TRY_ASSIGN(auto array, storage::read_npy(weights));
  trained.weights = std::move(array.values);
  return trained;
}

Result<void> download(Gateway& gateway, JobId job, const std::filesystem::path& model,
                      const std::filesystem::path& weights) {
  if (!model.empty()) {
    DK_TRY_ASSIGN(const auto text, gateway.architecture(job));
    DK_TRY(write_file_atomic(model, std::as_bytes(std::span(text))));
  }
  if (weights.empty()) return {};
  DK_TRY_ASSIGN(const auto trained, fetch_trained(gateway, job));
  const std::size_t shape[] = {trained.weights.size()};
  return storage::write_npy(weights, shape, trained.weights);
}

Result<std::unique_ptr<model::Model>> build_trained(const TrainedModel& trained) {
  DK_TRY_ASSIGN(const auto architecture,
                model::read_keras_json(trained.architecture, trained.source));
  // Prediction needs no loss; this one fits every output.
  model::CompileConfig config{"mean_squared_error", {}, kBatch};
  if (trained.spec) {
    config.loss = trained.spec->loss;
    config.metrics = trained.spec->metrics;
  }
  auto model = model::Model::build(architecture, config);
  if (!model) return fail_in(trained.source, model.error());
  const auto parameters = (*model)->parameters();
  if (parameters.size() != trained.weights.size()) {
    return fail(Errc::kInvalid, "{} has {} parameters, but there are {} weights", trained.source,
                parameters.size(), trained.weights.size());
  }
  std::copy(trained.weights.begin(), trained.weights.end(), parameters.begin());
  return model;
}

Result<FloatArray> read_samples(const std::filesystem::path& path) {
  if (path.extension() == ".npy") {
    DK_TRY_ASSIGN(auto array, storage::read_npy(path));
    return FloatArray{std::move(array.shape), std::move(array.values)};
  }
  DK_TRY_ASSIGN(const auto array, storage::read_idx(path));
  FloatArray samples;
  samples.shape = array.shape;
  samples.values.reserve(array.values.size());
  for (const auto value : array.values) {
    samples.values.push_back(static_cast<float>(std::to_integer<unsigned>(value)));
  }
  return samples;
}

void transform_features(std::span<const storage::Transform> transforms, std::span<float> values) {
  for (const auto& transform : transforms) {
    const auto* scaling = std::get_if<storage::MinMax>(&transform);
    if (scaling == nullptr) continue;
    const double scale = (static_cast<double>(scaling->to_max) - scaling->to_min) /
                         (static_cast<double>(scaling->from_max) - scaling->from_min);
    for (float& value : values) {
      value = static_cast<float>(scale * (value - scaling->from_min) + scaling->to_min);
    }
  }
}

Result<FloatArray> predict(model::Model& model, const FloatArray& samples) {
  if (samples.rows() == 0 || samples.row_size() != model.input_size()) {
    return fail(Errc::kInvalid, "the input has {} samples of {} values; the model takes {} values",
                samples.rows(), samples.row_size(), model.input_size());
  }
  FloatArray outputs;
  outputs.shape = {samples.rows(), model.output_size()};
  outputs.values.reserve(samples.rows() * model.output_size());
  const std::span<const float> x(samples.values);
  for (std::size_t row = 0; row < samples.rows(); row += model.max_batch_size()) {
    const auto n = std::min(model.max_batch_size(), samples.rows() - row);
    const auto y = model.predict(x.subspan(row * model.input_size(), n * model.input_size()), n);
    outputs.values.insert(outputs.values.end(), y.begin(), y.end());
  }
  return outputs;
}

Result<Evaluation> evaluate(model::Model& model, const storage::DataConfig& data) {
  DK_TRY_ASSIGN(const auto dataset, storage::Dataset::load(data));
  if (dataset->feature_size() != model.input_size() ||
      dataset->target_size() != model.target_size()) {
    return fail(Errc::kInvalid,
                "{}: samples of {} values with targets of {}; the model has {} and {}",
                data.features.string(), dataset->feature_size(), dataset->target_size(),
                model.input_size(), model.target_size());
  }
  std::vector<float> x(model.max_batch_size() * model.input_size());
  std::vector<float> y(model.max_batch_size() * model.target_size());
  std::vector<std::uint32_t> rows(model.max_batch_size());
  model::BatchResult sum;
  for (std::size_t first = 0; first < dataset->size(); first += rows.size()) {
    const auto n = std::min(model.max_batch_size(), dataset->size() - first);
    rows.resize(n);
    std::iota(rows.begin(), rows.end(), static_cast<std::uint32_t>(first));
    const auto inputs = std::span(x).first(n * model.input_size());
    const auto targets = std::span(y).first(n * model.target_size());
    dataset->gather(rows, inputs, targets);
    const auto batch = model.evaluate(inputs, targets, n);
    sum.loss_sum += batch.loss_sum;
    sum.correct += batch.correct;
    sum.samples += batch.samples;
  }
  const auto samples = static_cast<double>(sum.samples);
  return Evaluation{sum.loss_sum / samples, static_cast<double>(sum.correct) / samples,
                    sum.samples};
}

}  // namespace dk::submit
