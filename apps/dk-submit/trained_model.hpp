// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/api/gateway.hpp"
#include "actors/descriptor/job_spec.hpp"
#include "model/keras/model_file.hpp"
#include "model/model.hpp"
#include "storage/data/transforms/pipeline.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

namespace dk::submit {

/// A model with its weights, and the job it is from, if that is known.
struct TrainedModel {
  model::ModelFile file;
  std::optional<JobSpec> spec;
};

/// What a job has trained so far, or (with a number) what was in that checkpoint.
Result<TrainedModel> fetch_trained(Gateway& gateway, JobId job, CheckpointId checkpoint = {});
/// From a Keras file, and, when `weights` is not empty, another one with the weights.
Result<TrainedModel> read_trained(const std::filesystem::path& model,
                                  const std::filesystem::path& weights);
/// Writes a job's model as Keras' file of that name, and its weights as one that `read_trained`
/// takes (`.npy`: our flat vector); an empty path is left out. No checkpoint: the newest.
Result<void> download(Gateway& gateway, JobId job, const std::filesystem::path& model,
                      const std::filesystem::path& weights, CheckpointId checkpoint = {});

/// The model ready for prediction, or for evaluation with the loss and metrics of its job or file.
/// kInvalid when there are no weights or they do not fit.
Result<std::unique_ptr<model::Model>> build_trained(const TrainedModel& trained);

/// What is done to rows in front of the model, from its file or job; none when that says nothing.
/// kInvalid when it is damaged.
Result<std::optional<storage::Pipeline>> saved_pipeline(const TrainedModel& trained);

/// What its class numbers mean, when its labels were texts; empty else.
[[nodiscard]] std::vector<std::string> class_names(const TrainedModel& trained);

/// Whether the model takes such rows: as many numbers, and with as many fields as it has inputs as
/// many in each, so that no two are taken for each other. kInvalid otherwise.
Result<void> check_inputs(const model::Model& model, const storage::Schema& rows,
                          std::string_view source);

}  // namespace dk::submit
