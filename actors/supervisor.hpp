// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/job_queue.hpp"
#include "actors/journal.hpp"
#include "actors/protocol.hpp"

#include <deque>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace dk {

struct SubmittedJob {
  JobSpec spec;
  JobFacts facts;
  std::string submitter{};  ///< as the API knows them; empty: somebody on this machine
  std::string request{};    ///< what was handed in, as JSON; kept as it is
};
using SubmittedJobPtr = std::shared_ptr<const SubmittedJob>;

}  // namespace dk

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dk::SubmittedJobPtr)

namespace dk {

/// The name of the value in the state store that says who handed a job in.
[[nodiscard]] inline std::string submitter_key(JobId job) {
  return fmt::format("submitter/{}", job.value);
}

/// The same of what was handed in.
[[nodiscard]] inline std::string request_key(JobId job) {
  return fmt::format("request/{}", job.value);
}

/// What the gateway of the same process asks.
using LocalSupervisorActor = SupervisorActor::extend<
    // Queues a valid job; its id is durable.
    caf::replies_to<put_atom, SubmittedJobPtr>::with<JobId>,
    // The status object of a job that runs or waits; kNotFound for all others.
    caf::replies_to<get_atom, JobId>::with<std::string>,
    // Where nodes and executors find the other candidates from now on.
    caf::reacts_to<put_atom, Supervisors>,
    // Every machine that ever joined since the supervisor's start, as a JSON array.
    caf::replies_to<get_atom>::with<std::string>,
    // Nothing is placed on this machine any more and what is there moves away, or (false) it is
    // used again. Answers when that is durable; kNotFound.
    caf::replies_to<drain_atom, std::string, bool>::with<bool>,
    // Cancels a job that runs or waits; kNotFound for all others.
    caf::replies_to<stop_atom, JobId>::with<bool>,
    // A job that has failed or was cancelled waits for its turn again, from its newest checkpoint;
    // answers once that is durable. kInvalid for one that has finished or has not ended.
    caf::replies_to<resume_atom, StoredJobPtr>::with<bool>,
    // Nothing of a job that has ended is kept, but for its chunks, which are the caller's to drop;
    // answers once that is durable. kInvalid for all others.
    caf::replies_to<drop_atom, StoredJobPtr>::with<bool>,
    // The machines themselves.
    caf::replies_to<store_atom>::with<ClusterNodes>,
    // The job forgets these checkpoints, durably; kUnavailable while it waits. A job that has ended
    // leaves their chunks to the caller.
    caf::replies_to<drop_atom, JobId, std::vector<CheckpointId>>::with<bool>>;

struct SupervisorConfig {
  std::string cluster;
  std::string own_node;  ///< the name of the machine that the supervisor runs on
  JournalActor journal;
  std::deque<StoredJob> jobs;     ///< that an earlier life left unfinished, or that wait
  std::set<std::string> drained;  ///< machines that are not to be used
  Supervisors supervisors{};      ///< of its term
  /// Tells about the other candidates (`get`, as candidate.hpp has it); null without any.
  caf::typed_actor<caf::replies_to<get_atom>::with<std::string>> candidate{};
};

/// Reads the jobs that have not ended from a store, and tells `log` how far every job's events go.
/// Of a job of another version there is only the record.
Result<std::deque<StoredJob>> unfinished_jobs(storage::StateStore& store, EventLog& log);

/// A job as the store has it; kNotFound.
Result<StoredJob> stored_job(storage::StateStore& store, JobId job);

/// The machines that are not to be used, as the store has them.
Result<std::set<std::string>> drained_nodes(storage::StateStore& store);

/// What its jobs say to it, too.
using LeadingSupervisorActor = LocalSupervisorActor::extend<caf::reacts_to<put_atom, JobUse>>;

/// The cluster's head: knows the machines, shares them out among the jobs, and leads executors to
/// their job.
LeadingSupervisorActor::behavior_type supervisor_actor(LeadingSupervisorActor::pointer self,
                                                       SupervisorConfig config);

}  // namespace dk
