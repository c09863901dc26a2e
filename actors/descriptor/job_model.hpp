// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/descriptor/job_spec.hpp"
#include "model/model.hpp"
#include "model/optimizers/optimizer.hpp"

#include <memory>

namespace dk {

/// Builds the job's model, with memory for batches of the job's size; its weights are zero.
Result<std::unique_ptr<model::Model>> build_model(const JobSpec& spec);
/// The same with the weights that the job begins with: the seed's, or those of its initial model.
Result<std::unique_ptr<model::Model>> build_initial_model(const JobSpec& spec);
/// A worker's optimizer, with the state of the initial model's if that is of the same class.
Result<std::unique_ptr<model::Optimizer>> build_optimizer(const JobSpec& spec,
                                                          const model::Layout& layout);

/// Writes the job's model with its loss, metrics and optimizer as Keras' file of that name
/// (`write_model_file`), or a file of its weights alone; makes the directory.
Result<void> write_job_model(const JobSpec& spec, const model::Model& model,
                             const std::filesystem::path& path, bool weights_only);

}  // namespace dk
