// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/api/gateway.hpp"
#include "actors/descriptor/job_spec.hpp"
#include "apps/dk-submit/float_array.hpp"
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
  std::string architecture;
  /// The architecture's file or job, for messages.
  std::string source;
  std::vector<float> weights;
  std::optional<JobSpec> spec;
};

/// What a job has trained so far.
Result<TrainedModel> fetch_trained(Gateway& gateway, JobId job);
/// From Keras' JSON and a `.npy` of the flat weights.
Result<TrainedModel> read_trained(const std::filesystem::path& model,
                                  const std::filesystem::path& weights);
/// Writes what `read_trained` reads; an empty path is left out.
Result<void> download(Gateway& gateway, JobId job, const std::filesystem::path& model,
                      const std::filesystem::path& weights);

/// The model ready for prediction, or for evaluation with the loss and metrics of its job.
/// kInvalid when the weights do not fit.
Result<std::unique_ptr<model::Model>> build_trained(const TrainedModel& trained);

/// Samples of a `.npy` or IDX file (plain or gzip), one per row.
Result<FloatArray> read_samples(const std::filesystem::path& path);
/// Applies what the job does to its features.
void transform_features(std::span<const storage::Transform> transforms, std::span<float> values);

/// One row of outputs per sample.
Result<FloatArray> predict(model::Model& model, const FloatArray& samples);

struct Evaluation {
  double loss = 0;
  double accuracy = 0;
  std::uint64_t samples = 0;
};
Result<Evaluation> evaluate(model::Model& model, const storage::DataConfig& data);

}  // namespace dk::submit
