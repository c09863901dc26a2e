// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/descriptor/descriptor.hpp"
#include "actors/descriptor/job_spec.hpp"
#include "actors/journal.hpp"
#include "actors/logic/schedule.hpp"
#include "actors/protocol.hpp"
#include "storage/manifest.hpp"

#include <memory>
#include <string>
#include <vector>

namespace dk {

/// A machine as the supervisor knows it.
struct ClusterNode {
  NodeInfo info;
  Incarnation incarnation;
  bool alive = false;
  bool supervisor = false;  ///< the supervisor's own machine
  bool draining = false;    ///< nothing is placed there any more, and what is there moves away
  bool drained = false;     ///< nothing is there
};
using ClusterNodes = std::shared_ptr<const std::vector<ClusterNode>>;

/// What a job may use of the cluster from now on.
struct JobShare {
  std::uint64_t number = 0;  ///< of the shares that this job has been told, from 1
  ClusterNodes nodes{};
  bool admitted = false;    ///< false: it leaves every machine, with a checkpoint, and waits
  CoresByNode cores{};      ///< for its workers; parameter servers may be anywhere
  std::string waits_for{};  ///< not admitted: as a sentence's end
};

/// What a job uses: never more than its shares from number `share` on.
struct JobUse {
  JobId job;
  std::uint64_t share = 0;
  CoresByNode cores{};
  std::set<std::string> refused{};  ///< machines that it has given up on
  bool operator==(const JobUse&) const = default;
};

}  // namespace dk

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dk::ClusterNodes)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dk::JobShare)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dk::JobUse)

namespace dk {

/// What the supervisor of the same process says to a job.
using LocalJobActor = JobActor::extend<
    // Where executors find the other candidates from now on.
    caf::reacts_to<put_atom, Supervisors>,
    // Its share of the machines; sent at the start and after every change.
    caf::reacts_to<put_atom, JobShare>,
    // The status object of docs/http-api.md, as JSON text.
    caf::replies_to<get_atom>::with<std::string>,
    // Answers when nothing of the job is on this machine any more.
    caf::replies_to<drain_atom, std::string>::with<bool>,
    // Cancels; answers once that is durable.
    caf::replies_to<stop_atom>::with<bool>,
    // Forgets these checkpoints; answers once that is durable. kInvalid, naming the first one that
    // has to stay, and why.
    caf::replies_to<drop_atom, std::vector<CheckpointId>>::with<bool>,
    // INTERNAL: write again what could not be written.
    caf::reacts_to<sync_atom>,
    // INTERNAL: look around.
    caf::reacts_to<tick_atom>>;

/// Whoever gives out the shares hears what becomes of them.
using JobQueueActor = caf::typed_actor<caf::reacts_to<put_atom, JobUse>>;

struct JobConfig {
  JobId job;
  JournalActor journal;
  JobQueueActor queue;
  /// The job's record as the store has it: what `new_job_record` made, or what an earlier life of
  /// the job left.
  std::string record;
  /// Of an earlier life: its ledger (empty: none) and its manifests, newest first.
  Bytes ledger;
  std::vector<storage::Manifest> manifests;
  /// Manifests that the store refused, one line each; they become warnings.
  std::vector<std::string> refused_manifests;
  std::string supervisor{};   ///< the machine that it runs on
  Supervisors supervisors{};  ///< of the supervisor's term
};

/// Grows when a job's record or spec changes its form; a job of another form cannot be gone on
/// with.
inline constexpr std::uint32_t kJobRecordFormat = 5;

/// The record of a job that has just been submitted, as JSON text.
[[nodiscard]] std::string new_job_record(JobId job, const JobSpec& spec, const JobFacts& facts);

/// What a job wants of the cluster, and has of it if an earlier life of the supervisor had begun
/// it. The record's form is kJobRecordFormat.
[[nodiscard]] ScheduledJob scheduled(JobId job, const nlohmann::json& record);

/// Runs one job to its end: places it, starts it, grants leases, takes checkpoints, and brings back
/// what dies (the rules are in docs/fault-model.md). Ends itself after the last event is durable.
LocalJobActor::behavior_type job_actor(LocalJobActor::pointer self, JobConfig config);

}  // namespace dk
