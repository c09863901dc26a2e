// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/evaluator.hpp"
#include "actors/protocol.hpp"
#include "actors/shard_actor.hpp"
#include "actors/worker.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>

namespace dk {

/// What the actors of the executor's own process can send to it beside ExecutorActor.
using LocalExecutorActor = ExecutorActor::extend_with<WorkerHomeActor>::extend<
    // How a primary's backup comes along.
    caf::reacts_to<replicate_atom, ReplicaStatus>,
    // INTERNAL: report to the job.
    caf::reacts_to<tick_atom>,
    // INTERNAL: dial a lost peer again.
    caf::reacts_to<shard_atom, std::string>,
    // It is published at this port from now on: dial the supervisor.
    caf::reacts_to<attach_atom, std::uint16_t>,
    // INTERNAL: dial the supervisor and ask to be taken in.
    caf::reacts_to<attach_atom>>;

struct ExecutorConfig {
  JobId job;
  Incarnation incarnation;
  std::uint32_t pid = 0;
  /// Of the machine, for this executor.
  std::uint32_t cores = std::max(1U, std::thread::hardware_concurrency());
  /// Where peers dial this process; empty: everything lives in one process, and it attaches at
  /// once.
  std::string host;
  /// The supervisor's door.
  Peer supervisor;
  /// Runs when the executor has ended, with why; in a process of its own it ends the process.
  std::function<void(const Error&)> on_end;
};

/// Hosts a job's shards and workers in one process. Speaks for them to the job: collects what they
/// have done until the job has it durably, keeps them in leases, and goes on without a supervisor
/// until it is back (kOrphanPatience). Re-dials peers whose links broke. Ends when it is told that
/// it has been replaced.
LocalExecutorActor::behavior_type executor_actor(LocalExecutorActor::pointer self,
                                                 ExecutorConfig config);

}  // namespace dk
