// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/protocol/replicas.hpp"

#include <cstdint>
#include <string>
#include <vector>

// Workers: what they are given, and what they report.

namespace dk {

/// A worker's commit that every shard has taken in: its block is done.
struct Done {
  WorkerId worker;
  Incarnation incarnation;
  std::uint64_t sequence = 0;
  std::uint64_t block = 0;
  double loss_sum = 0;
  std::uint64_t samples = 0;
  std::vector<double> metrics{};  ///< the sums of the job's metrics
};
DK_INSPECT(Done, x.worker, x.incarnation, x.sequence, x.block, x.loss_sum, x.samples, x.metrics)

/// What a worker holds at the moment; its leases are renewed when `steps` has grown, which counts
/// mini-batches and answers of shards.
struct WorkerStatus {
  WorkerId worker;
  Incarnation incarnation;
  std::uint64_t steps = 0;
  std::vector<std::uint64_t> leases;
};
DK_INSPECT(WorkerStatus, x.worker, x.incarnation, x.steps, x.leases)

/// A worker that has ended, and why.
struct WorkerFailure {
  WorkerId worker;
  Incarnation incarnation;
  std::string reason;
  /// It had not made a step: the weights that the shards gave it are what is wrong, or its machine.
  bool at_centre = false;
};
DK_INSPECT(WorkerFailure, x.worker, x.incarnation, x.reason, x.at_centre)

/// What went wrong in a worker without ending it, for the job's events.
struct WorkerNote {
  WorkerId worker;
  Incarnation incarnation;
  std::string text;
};
DK_INSPECT(WorkerNote, x.worker, x.incarnation, x.text)

/// An executor's regular word to its job: what is done, who is alive, who needs leases. Repeated
/// until it is answered.
struct WorkReport {
  Incarnation executor;
  std::vector<Done> done;
  std::vector<WorkerStatus> workers;
  std::uint64_t duplicates_dropped = 0;   ///< by this executor's shards, since they started
  std::vector<ReplicaStatus> replicas{};  ///< of the primaries here that have a backup
  std::vector<WorkerFailure> failures{};
  std::vector<WorkerNote> notes{};
};
DK_INSPECT(WorkReport, x.executor, x.done, x.workers, x.duplicates_dropped, x.replicas, x.failures,
           x.notes)

struct Grant {
  WorkerId worker;
  Incarnation incarnation;
  std::vector<std::uint64_t> blocks;
  /// The round that these blocks are trained for, from 1; 0 where nobody waits for rounds.
  std::uint64_t round = 0;
  std::uint32_t workers = 1;  ///< that train now
  double learning_rate = 0;   ///< to be used from now on; 0: what the optimizer says
};
DK_INSPECT(Grant, x.worker, x.incarnation, x.blocks, x.round, x.workers, x.learning_rate)

/// The answer: everything in the report is durable, and these leases are new.
struct WorkGrants {
  std::vector<Grant> grants;
};
DK_INSPECT(WorkGrants, x.grants)

struct WorkerAssignment {
  WorkerId worker;
  Incarnation incarnation;
};
DK_INSPECT(WorkerAssignment, x.worker, x.incarnation)

/// Start these workers; all shards are up. Those with a memory in `place` begin with it.
struct StartWorkers {
  Incarnation generation;
  std::vector<WorkerAssignment> workers;
  std::vector<ShardAddress> shards;
  CheckpointPlace place;
  std::vector<MemoryPlace> memories;
};
DK_INSPECT(StartWorkers, x.generation, x.workers, x.shards, x.place, x.memories)

/// An executor process asks to be taken in, at its start and after every loss of its link to the
/// supervisor.
struct ExecutorHello {
  std::uint32_t protocol = protocol_version();
  JobId job;
  Incarnation incarnation;
  Incarnation generation;  ///< of its actors; none before its first assignment
  std::uint32_t pid = 0;
  Peer executor;
  WorkReport report;
};
DK_INSPECT(ExecutorHello, x.protocol, x.job, x.incarnation, x.generation, x.pid, x.executor,
           x.report)

/// The job takes the executor in.
struct Attached {
  caf::strong_actor_ptr job;     ///< null: a standby was asked, the others may lead
  std::string spec;              ///< canonical JSON of the JobSpec
  std::uint64_t samples = 0;     ///< in an epoch, as the supervisor counted them
  std::uint64_t parameters = 0;  ///< floats in the model's flat vector
  std::vector<NodePeer> nodes;   ///< that may have the data files which this machine does not have
  Supervisors supervisors{};
};
DK_INSPECT(Attached, x.job, x.spec, x.samples, x.parameters, x.nodes, x.supervisors)

/// Every worker of an executor stands still, and this is all they have done. `memories` has no
/// offsets.
struct ExecutorHeld {
  std::vector<Held> workers;
  WorkReport report;
  std::vector<MemoryPlace> memories;
};
DK_INSPECT(ExecutorHeld, x.workers, x.report, x.memories)

/// Compute loss and metrics of these weights on rows of the job's test data, or its validation
/// data.
struct Evaluate {
  CheckpointPlace place;
  bool on_validation = false;
  std::uint64_t first = 0;
  std::uint64_t count = 0;  ///< 0: every row from `first` on
  bool outputs = false;     ///< answer with the model's outputs too
};
DK_INSPECT(Evaluate, x.place, x.on_validation, x.first, x.count, x.outputs)

/// Sums over the rows, as in Done.
struct Evaluation {
  double loss_sum = 0;
  std::uint64_t samples = 0;
  std::vector<double> metrics{};
  Tensor outputs;  ///< row after row, if they were asked for
};
DK_INSPECT(Evaluation, x.loss_sum, x.samples, x.metrics, x.outputs)

}  // namespace dk
