// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/api/gateway.hpp"
#include "actors/descriptor/job_spec.hpp"
#include "apps/dk-submit/float_array.hpp"
#include "model/keras/model_file.hpp"
#include "model/model.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace dk::submit {

/// A model with its weights, and the job it is from, if that is known.
struct TrainedModel {
  model::ModelFile file;
  std::optional<JobSpec> spec;
};

/// What a job has trained so far.
Result<TrainedModel> fetch_trained(Gateway& gateway, JobId job);
/// From a Keras file, and, when `weights` is not empty, another one with the weights.
Result<TrainedModel> read_trained(const std::filesystem::path& model,
                                  const std::filesystem::path& weights);
/// Writes a job's model as Keras' file of that name, and its weights as one that `read_trained`
/// takes (`.npy`: our flat vector); an empty path is left out.
Result<void> download(Gateway& gateway, JobId job, const std::filesystem::path& model,
                      const std::filesystem::path& weights);

/// The model ready for prediction, or for evaluation with the loss and metrics of its job or file.
/// kInvalid when there are no weights or they do not fit.
Result<std::unique_ptr<model::Model>> build_trained(const TrainedModel& trained);

/// Samples of a `.npy` or IDX file (plain or gzip), one per row.
Result<FloatArray> read_samples(const std::filesystem::path& path);
/// Applies what the job does to its features; kInvalid when that does not suit them or is not
/// fitted.
Result<void> transform_features(const nlohmann::json& transforms, FloatArray& samples);

/// One array for each of the model's inputs, in its order, as rows of all of them; kInvalid when
/// their number, their samples or a sample's size does not fit.
Result<FloatArray> join_inputs(const model::Model& model, std::span<const FloatArray> inputs);
/// One array for each of the model's outputs. `samples` is a row of all inputs per sample.
Result<std::vector<FloatArray>> predict(model::Model& model, const FloatArray& samples);

struct Evaluation {
  double loss = 0;
  std::uint64_t samples = 0;
  std::vector<model::MetricValue> metrics{};
};
Result<Evaluation> evaluate(model::Model& model, const storage::DataConfig& data);

}  // namespace dk::submit
