// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed_keras/job_result.hpp"

#include "model/keras/read_json.hpp"

#include <cstring>

namespace dk {

Result<JobResult> fetch_job_result(Gateway& gateway, JobId job, CheckpointId checkpoint) {
  JobResult result;
  result.file.source = fmt::format("job {}", job.value);
  DK_TRY_ASSIGN(const auto architecture, gateway.architecture(job));
  DK_TRY_ASSIGN(result.file.architecture, model::read_keras_json(architecture, result.file.source));
  DK_TRY_ASSIGN(const auto bytes,
                checkpoint ? gateway.checkpoint_weights(job, checkpoint) : gateway.weights(job));
  if (bytes.size() % sizeof(float) != 0) {
    return fail(Errc::kCorrupt, "{}: {} bytes of weights are no whole number of floats",
                result.file.source, bytes.size());
  }
  model::Weight flat{"", {bytes.size() / sizeof(float)}, {}};
  flat.values.resize(flat.shape[0]);
  if (!bytes.empty()) std::memcpy(flat.values.data(), bytes.data(), bytes.size());
  result.file.weights = {.kind = model::StoredWeights::Kind::kFlat,
                         .source = result.file.source,
                         .groups = {{"", {std::move(flat)}}}};
  DK_TRY_ASSIGN(const auto spec, gateway.spec(job));
  DK_TRY_ASSIGN(result.spec, job_spec_from_json(spec));
  result.file.transforms = result.spec.saved_transforms;
  return result;
}

}  // namespace dk
