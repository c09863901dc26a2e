// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/api/gateway.hpp"
#include "actors/descriptor/job_spec.hpp"
#include "model/keras/model_file.hpp"

namespace dk {

/// A job's architecture, weights and transforms, as a Keras file has them, and what it was told.
struct JobResult {
  model::ModelFile file;
  JobSpec spec;
};

/// What a job has trained so far, or (with a number) what was in that checkpoint. kUnavailable
/// before the first one; kNotFound; kCorrupt.
Result<JobResult> fetch_job_result(Gateway& gateway, JobId job, CheckpointId checkpoint = {});

}  // namespace dk
