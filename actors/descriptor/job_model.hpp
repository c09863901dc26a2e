// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/descriptor/job_spec.hpp"
#include "model/model.hpp"
#include "model/optimizers/optimizer.hpp"

#include <memory>
#include <span>

namespace dk {

/// Builds the job's model, with memory for batches of the job's size; its weights are zero.
Result<std::unique_ptr<model::Model>> build_model(const JobSpec& spec);
/// The same with the weights that the job begins with: the seed's, or those of its initial model.
/// Members of an ensemble, from 0, begin with seeds of their own.
Result<std::unique_ptr<model::Model>> build_initial_model(const JobSpec& spec,
                                                          std::uint32_t member = 0);
/// What the job delivers: its model, or, of an ensemble, one model with the members as layers and
/// their (weighted) mean as outputs.
Result<model::Architecture> delivered_architecture(const JobSpec& spec);
Result<std::unique_ptr<model::Model>> build_delivered_model(const JobSpec& spec);
/// Floats in the flat vectors of all members, one after the other, as checkpoints have them.
Result<void> set_delivered_weights(const JobSpec& spec, std::span<const float> members,
                                   model::Model& delivered);
/// A worker's optimizer, with the state of the initial model's if that is of the same class.
Result<std::unique_ptr<model::Optimizer>> build_optimizer(const JobSpec& spec,
                                                          const model::Layout& layout);

/// Writes the job's model with its loss, metrics, optimizer and transforms as Keras' file of that
/// name (`write_model_file`), or a file of its weights alone; makes the directory.
Result<void> write_job_model(const JobSpec& spec, const model::Model& model,
                             const std::filesystem::path& path, bool weights_only);

}  // namespace dk
