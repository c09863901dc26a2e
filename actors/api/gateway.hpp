// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dk {

/// A job as a person hands it in.
struct JobRequest {
  /// YAML or JSON, as written.
  std::string descriptor;
  /// The descriptor's file name, for error messages.
  std::string source;
  /// What relative paths in the descriptor stand on; absolute.
  std::string base_directory;
  /// `key.path=value`, each replacing what the descriptor says there.
  std::vector<std::string> overrides;
  /// Who hands it in, as the API knows them; empty: whoever is on this machine.
  std::string submitter{};
};

/// Events from `next - events.size()` up to, not including, `next`; `ended` once no further one can
/// come.
struct EventPage {
  /// Each one JSON object in one line.
  std::vector<std::string> events;
  std::uint64_t next = 0;
  bool ended = false;
};

/// The supervisor is on another machine, or on none.
struct Elsewhere {
  std::string why;   ///< for people
  std::string http;  ///< HOST:PORT of its API; empty: not known
};

/// Everything that people and programs can ask of a supervisor. Calls block and may come from any
/// thread. The supervisor's own implementation is in-process (`run --local`, the HTTP server stands
/// on it); HttpGateway is the same over the HTTP API.
class Gateway {
 public:
  virtual ~Gateway() = default;

  /// None: the supervisor is here.
  virtual std::optional<Elsewhere> elsewhere() { return {}; }
  /// Validates the whole descriptor and queues the job. kInvalid: the message has one line per
  /// fault.
  virtual Result<JobId> submit(const JobRequest& request) = 0;
  /// Who handed the job in; empty when it was somebody on the supervisor's machine. kNotFound.
  virtual Result<std::string> submitter(JobId) { return std::string{}; }
  /// One object per job, newest first: `id`, `name`, `state`, `submitted`, `submitter`.
  virtual Result<nlohmann::json> jobs() = 0;
  /// The newest `limit` jobs with when they ran, how they ended and why, newest first; see
  /// docs/http-api.md for the fields.
  virtual Result<nlohmann::json> history(std::size_t limit) = 0;
  /// What `submit` was given. kNotFound, also for jobs of versions that did not keep it.
  virtual Result<JobRequest> request(JobId job) = 0;
  /// See docs/http-api.md for the fields. kNotFound.
  virtual Result<nlohmann::json> status(JobId job) = 0;
  /// Returns once the job is `cancelled`, or kInvalid when it had ended already.
  virtual Result<void> cancel(JobId job) = 0;
  /// A job that has failed or was cancelled goes on from its newest checkpoint when its turn comes.
  /// Returns once that is durable; kInvalid when it has finished, or has not ended.
  virtual Result<void> resume(JobId job) = 0;
  virtual Result<nlohmann::json> nodes() = 0;
  /// Nothing is placed on this machine any more and what is there moves away (`nodes` says when
  /// nothing is left there); or, with `on` false, it is used again. kNotFound.
  virtual Result<void> drain(const std::string& node, bool on) = 0;
  /// Events from number `from` on; waits up to `timeout` for the first one.
  virtual Result<EventPage> events(JobId job, std::uint64_t from,
                                   std::chrono::milliseconds timeout) = 0;
  /// Keras' `to_json()` text of the job's model.
  virtual Result<std::string> architecture(JobId job) = 0;
  /// The job's canonical specification, as `to_json(JobSpec)` writes it.
  virtual Result<nlohmann::json> spec(JobId job) = 0;
  /// The newest checkpoint's weights: float32, little endian, in layout order. kUnavailable before
  /// the first one.
  virtual Result<Bytes> weights(JobId job) = 0;
  /// The same of one checkpoint. kNotFound names those that there are.
  virtual Result<Bytes> checkpoint_weights(JobId job, CheckpointId checkpoint) = 0;

  /// The job's checkpoints, newest first; see docs/http-api.md for the fields.
  virtual Result<nlohmann::json> checkpoints(JobId job) = 0;
  /// Reads `limit` chunks of a checkpoint from the `first`-th one on, wherever they should be.
  virtual Result<nlohmann::json> verify_checkpoint(JobId job, CheckpointId checkpoint,
                                                   std::uint64_t first, std::uint64_t limit) = 0;
  /// Forgets checkpoints, all or none. kInvalid when one has to stay; the message says why.
  virtual Result<nlohmann::json> prune_checkpoints(JobId job,
                                                   const std::vector<CheckpointId>& ids) = 0;
};

}  // namespace dk
