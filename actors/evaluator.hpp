// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/descriptor/job_spec.hpp"
#include "actors/protocol.hpp"
#include "storage/data/open_reader.hpp"

#include <filesystem>
#include <memory>

namespace dk {

/// Computes with the weights of checkpoints, never with those of a running training, so that the
/// result is of one moment and can be had again.
using EvaluatorActor = caf::typed_actor<
    // Loss and metrics of a checkpoint on the validation or the test data.
    caf::replies_to<evaluate_atom, Evaluate>::with<Evaluation>,
    // Writes a checkpoint as a Keras file, as `write_job_model` does, and answers with its name.
    caf::replies_to<put_atom, CheckpointPlace, std::string, bool>::with<std::string>>;

/// Keeps one model and the data it was asked for, which it opens with `open`. Reads files and
/// computes in its own handlers: spawn it with `spawn_blocking`.
EvaluatorActor::behavior_type evaluator(EvaluatorActor::pointer self, JobId job,
                                        std::shared_ptr<const JobSpec> spec,
                                        storage::OpenReader open);

}  // namespace dk
