// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/algorithm.hpp"
#include "actors/chunk_transfer.hpp"
#include "actors/exchange_gate.hpp"
#include "actors/logic/ledger.hpp"
#include "actors/protocol.hpp"
#include "actors/trainer.hpp"
#include "actors/turns.hpp"
#include "actors/worker_memory.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

namespace dk {

/// What a worker tells the executor that it lives in.
using WorkerHomeActor = caf::typed_actor<
    // A commit is in every shard.
    caf::reacts_to<written_atom, Done>,
    // The worker cannot go on.
    caf::reacts_to<failure_atom, WorkerFailure>,
    // The worker goes on all the same.
    caf::reacts_to<put_atom, WorkerNote>,
    // It has been replaced, and has ended.
    caf::reacts_to<exited_atom, WorkerId, Incarnation>>;

/// What the executor tells its workers; all of it stays in the process.
using WorkerActor = caf::typed_actor<
    // Leases: train these blocks, in this order, after the ones at hand.
    caf::reacts_to<put_atom, Grant>,
    // Its gate is open again.
    caf::reacts_to<resume_atom>,
    // Finish the block at hand, and take no other; answers when it is in every shard.
    caf::replies_to<drain_atom>::with<Held>,
    // A shard has this incarnation and handle from now on; whatever it has not answered is sent
    // again.
    caf::reacts_to<shard_atom, ShardId, Incarnation, ShardActor>,
    // INTERNAL: it is this worker's turn.
    caf::reacts_to<start_atom>,
    // INTERNAL: train the next mini-batch.
    caf::reacts_to<tick_atom>>;

struct WorkerShard {
  ShardId shard;
  Incarnation incarnation;
  std::uint64_t offset = 0;
  std::uint64_t count = 0;
  ShardActor actor;
};

struct WorkerConfig {
  WorkerId worker;
  Incarnation incarnation;
  std::shared_ptr<const Algorithm> algorithm;
  Ledger::Config blocks;  ///< how block numbers map to samples
  std::vector<WorkerShard> shards;
  WorkerHomeActor home;
  std::shared_ptr<const JobSpec> spec;
  std::shared_ptr<const storage::Dataset> data;
  /// Counts mini-batches, and parts that shards have answered, for whoever wants to know that the
  /// worker lives: who waits for a slow shard does.
  std::shared_ptr<std::atomic<std::uint64_t>> steps;
  /// Closed while a checkpoint is cut.
  std::shared_ptr<ExchangeGate> gate;
  /// Null: every worker has a core of its own, or none of its windows can wait.
  std::shared_ptr<Turns> turns;
  /// Null: checkpoints leave it out.
  std::shared_ptr<WorkerMemory> memory{};
  /// With `memory`: what to begin with.
  std::optional<ChunkReaderConfig> remembered{};
};

/// Trains leased blocks and exchanges with every shard after each. Holds a commit until every shard
/// has answered it and sends it again on silence or to a renewed handle; ends itself when it is
/// told that it has been replaced. Computes in its own handlers: spawn it with `spawn_blocking`.
WorkerActor::behavior_type worker_actor(WorkerActor::pointer self,
                                        std::shared_ptr<const WorkerConfig> config);

}  // namespace dk
