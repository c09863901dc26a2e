// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/job/job.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dk {

/// A job as the store has it.
struct StoredJob {
  JobId job;
  std::string record;
  Bytes ledger;
  std::vector<storage::Manifest> manifests;
  std::vector<std::string> refused_manifests;
  std::string submitter{};
};
using StoredJobPtr = std::shared_ptr<const StoredJob>;

/// The jobs that have not ended: those that run have an actor, the others wait for their turn.
/// Gives each its share of the machines (logic/schedule.hpp). Lives inside the supervisor.
class JobQueue {
 public:
  /// Starts a job's actor, monitored.
  using Start = std::function<LocalJobActor(StoredJob)>;
  using Tell = std::function<void(const LocalJobActor&, JobShare)>;

  JobQueue(Start start, Tell tell) : start_(std::move(start)), tell_(std::move(tell)) {}

  /// Takes in a job; one that an earlier life of the supervisor had begun gets its actor at the
  /// next `advance`, whatever its turn.
  void add(StoredJob job);
  /// Hands out the machines anew, starts who is due and tells everybody whose share has changed.
  void advance(const ClusterNodes& nodes);
  /// News of a job; true if the machines are to be handed out anew.
  bool heard(const JobUse& use);
  /// An actor has ended; false if it was no job.
  bool ended(const caf::actor_addr& actor);

  /// Null: it waits, or is not here.
  [[nodiscard]] LocalJobActor running(JobId job) const;
  [[nodiscard]] std::vector<LocalJobActor> running() const;
  /// Of a job that waits and has never run; null for all others.
  [[nodiscard]] const StoredJob* waiting(JobId job) const;
  /// What a job that waits waits for.
  [[nodiscard]] std::string waits_for(JobId job) const;
  /// Takes out a job that waits.
  void erase(JobId job) { jobs_.erase(job); }

 private:
  struct Entry {
    StoredJob stored;  ///< until it has its actor
    bool begun = false;
    ScheduledJob wishes;
    std::map<std::string, std::string> labels;  ///< of the nodes that are for it
    LocalJobActor actor;
    JobPlan plan;
    std::uint64_t told = 0;  ///< the number of its newest share
    ClusterNodes nodes;      ///< of the cluster, when it was told last
  };
  void take_up(Entry& entry, const JobPlan& plan, const ClusterNodes& nodes);

  Start start_;
  Tell tell_;
  std::map<JobId, Entry> jobs_;
};

}  // namespace dk

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dk::StoredJobPtr)
