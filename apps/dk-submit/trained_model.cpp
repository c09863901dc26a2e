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
  trained.file.source = fmt::format("job {}", job.value);
  DK_TRY_ASSIGN(const auto architecture, gateway.architecture(job));
  DK_TRY_ASSIGN(trained.file.architecture,
                model::read_keras_json(architecture, trained.file.source));
  DK_TRY_ASSIGN(const auto bytes, gateway.weights(job));
  if (bytes.size() % sizeof(float) != 0) {
    return fail(Errc::kCorrupt, "{}: {} bytes of weights are no whole number of floats",
                trained.file.source, bytes.size());
  }
  model::Weight flat{"", {bytes.size() / sizeof(float)}, {}};
  flat.values.resize(flat.shape[0]);
  if (!bytes.empty()) std::memcpy(flat.values.data(), bytes.data(), bytes.size());
  trained.file.weights = {.kind = model::StoredWeights::Kind::kFlat,
                          .source = trained.file.source,
                          .groups = {{"", {std::move(flat)}}}};
  DK_TRY_ASSIGN(const auto spec, gateway.spec(job));
  DK_TRY_ASSIGN(trained.spec, job_spec_from_json(spec));
  trained.file.transforms = trained.spec->saved_transforms;
  return trained;
}

Result<TrainedModel> read_trained(const std::filesystem::path& model,
                                  const std::filesystem::path& weights) {
  TrainedModel trained;
  DK_TRY_ASSIGN(trained.file, model::read_model_file(model));
  if (weights.empty()) return trained;
  DK_TRY_ASSIGN(auto other, model::read_model_file(weights));
  if (!other.weights) return fail(Errc::kInvalid, "{}: has no weights", weights.string());
  trained.file.weights = std::move(other.weights);
  return trained;
}

Result<void> download(Gateway& gateway, JobId job, const std::filesystem::path& model,
                      const std::filesystem::path& weights) {
  if (model.extension() == ".json") {  // needs no weights, which a young job has not
    DK_TRY_ASSIGN(const auto text, gateway.architecture(job));
    DK_TRY(write_file_atomic(model, std::as_bytes(std::span(text))));
  }
  const bool whole = !model.empty() && model.extension() != ".json";
  if (!whole && weights.empty()) return {};
  DK_TRY_ASSIGN(const auto trained, fetch_trained(gateway, job));
  DK_TRY_ASSIGN(const auto built, build_trained(trained));
  model::SaveOptions options;
  options.training_config = {{"optimizer", trained.spec->optimizer},
                             {"loss", trained.spec->loss},
                             {"metrics", trained.spec->metrics},
                             {"loss_weights", nullptr}};
  options.transforms = trained.spec->saved_transforms;
  if (whole) {
    DK_TRY(model::write_model_file(model, *built, options));
  }
  if (weights.empty()) return {};
  if (weights.extension() == ".npy") {
    const std::size_t shape[] = {built->parameter_count()};
    return storage::write_npy(weights, shape, built->parameters());
  }
  options.weights_only = true;
  return model::write_model_file(weights, *built, options);
}

Result<std::unique_ptr<model::Model>> build_trained(const TrainedModel& trained) {
  if (!trained.file.weights) {
    return fail(Errc::kInvalid, "{}: has no weights; name a file of them with --weights",
                trained.file.source);
  }
  model::CompileConfig config;
  config.max_batch_size = kBatch;
  config.training = false;
  if (trained.spec) {
    config.loss = trained.spec->loss;
    config.metrics = trained.spec->metrics;
  } else if (trained.file.training_config.is_object()) {
    config.loss = trained.file.training_config["loss"];
    config.metrics = trained.file.training_config["metrics"];
  }
  return model::build_model(trained.file, config);
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

Result<void> transform_features(const nlohmann::json& transforms, FloatArray& samples) {
  storage::Schema raw;
  const auto shape = std::span(samples.shape).subspan(1);
  raw.features = {{"features", {shape.begin(), shape.end()}}};
  raw.labels = {{"labels", {}}};
  DK_TRY_ASSIGN(const auto pipeline, storage::Pipeline::make(transforms, raw));
  if (!pipeline.fitted()) {
    return fail(Errc::kInvalid, "the job's transforms have not been fitted on its training data");
  }
  auto scratch = pipeline.scratch(kBatch);
  const auto size = pipeline.schema().feature_size();
  std::vector<float> values(samples.rows() * size);
  for (std::size_t row = 0; row < samples.rows(); row += kBatch) {
    const auto n = std::min(kBatch, samples.rows() - row);
    const auto from = std::span<const float>(samples.values)
                          .subspan(row * samples.row_size(), n * samples.row_size());
    DK_TRY(
        pipeline.apply(n, from, {}, std::span(values).subspan(row * size, n * size), {}, scratch));
  }
  samples.shape = {samples.rows(), size};
  samples.values = std::move(values);
  return {};
}

Result<FloatArray> join_inputs(const model::Model& model, std::span<const FloatArray> inputs) {
  const auto shapes = model.network().input_shapes();
  if (inputs.size() != shapes.size()) {
    return fail(Errc::kInvalid, "the model takes {} inputs, not {}", shapes.size(), inputs.size());
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto size = model::element_count(shapes[i]).value_or(0);
    if (inputs[i].rows() > 0 && inputs[i].rows() == inputs[0].rows() &&
        inputs[i].row_size() == size) {
      continue;
    }
    return fail(Errc::kInvalid,
                "input {} has {} samples of {} values; the model takes as many samples in each, of "
                "{} values here",
                i + 1, inputs[i].rows(), inputs[i].row_size(), size);
  }
  if (inputs.size() == 1) return inputs[0];
  FloatArray joined;
  joined.shape = {inputs[0].rows(), model.input_size()};
  joined.values.reserve(joined.shape[0] * joined.shape[1]);
  for (std::size_t row = 0; row < inputs[0].rows(); ++row) {
    for (const FloatArray& input : inputs) {
      const auto first = input.values.begin() + static_cast<std::ptrdiff_t>(row * input.row_size());
      joined.values.insert(joined.values.end(), first,
                           first + static_cast<std::ptrdiff_t>(input.row_size()));
    }
  }
  return joined;
}

Result<std::vector<FloatArray>> predict(model::Model& model, const FloatArray& samples) {
  if (samples.rows() == 0 || samples.row_size() != model.input_size()) {
    return fail(Errc::kInvalid, "the input has {} samples of {} values; the model takes {} values",
                samples.rows(), samples.row_size(), model.input_size());
  }
  std::vector<FloatArray> outputs;
  for (const model::Shape& shape : model.network().output_shapes()) {
    FloatArray output;
    output.shape = {samples.rows()};
    output.shape.insert(output.shape.end(), shape.begin(), shape.end());
    outputs.push_back(std::move(output));
  }
  const std::span<const float> x(samples.values);
  for (std::size_t row = 0; row < samples.rows(); row += model.max_batch_size()) {
    const auto n = std::min(model.max_batch_size(), samples.rows() - row);
    auto y = model.predict(x.subspan(row * model.input_size(), n * model.input_size()), n);
    for (std::size_t sample = 0; sample < n; ++sample) {
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        const auto size = model::element_count(model.network().output_shapes()[i]).value_or(0);
        outputs[i].values.insert(outputs[i].values.end(), y.begin(),
                                 y.begin() + static_cast<std::ptrdiff_t>(size));
        y = y.subspan(size);
      }
    }
  }
  return outputs;
}

Result<Evaluation> evaluate(model::Model& model, const storage::DataConfig& data) {
  if (model.target_size() == 0) return fail(Errc::kInvalid, "no loss to evaluate the model with");
  DK_TRY_ASSIGN(const auto dataset, storage::Dataset::load(data));
  if (dataset->feature_size() != model.input_size() ||
      dataset->target_size() != model.target_size()) {
    return fail(Errc::kInvalid,
                "{}: samples of {} values with targets of {}; the model has {} and {}",
                storage::describe(data.source), dataset->feature_size(), dataset->target_size(),
                model.input_size(), model.target_size());
  }
  std::vector<float> x(model.max_batch_size() * model.input_size());
  std::vector<float> y(model.max_batch_size() * model.target_size());
  std::vector<std::uint32_t> rows(model.max_batch_size());
  storage::BatchReader reader(*dataset, model.max_batch_size());
  model::BatchResult sum;
  model.reset_metrics();
  for (std::size_t first = 0; first < dataset->size(); first += rows.size()) {
    const auto n = std::min(model.max_batch_size(), dataset->size() - first);
    rows.resize(n);
    std::iota(rows.begin(), rows.end(), static_cast<std::uint32_t>(first));
    const auto inputs = std::span(x).first(n * model.input_size());
    const auto targets = std::span(y).first(n * model.target_size());
    DK_TRY(reader.read(rows, inputs, targets));
    const auto batch = model.evaluate(inputs, targets, n);
    sum.loss_sum += batch.loss_sum;
    sum.samples += batch.samples;
  }
  const auto samples = static_cast<double>(sum.samples);
  return Evaluation{sum.loss_sum / samples, sum.samples, model.metric_values(model.metric_sums())};
}

}  // namespace dk::submit
