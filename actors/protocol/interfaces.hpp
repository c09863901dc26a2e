// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/protocol/types.hpp"

#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

// The interface of every actor that receives a message from another node.

namespace dk {

/// Owns one range of the parameter vector.
using ShardActor = caf::typed_actor<
    // Takes one part of a commit in and answers with the algorithm's reply for that part.
    caf::replies_to<exchange_atom, ExchangePart>::with<ExchangedPart>,
    // A copy of `count` floats of the centre from `offset` on (from the shard's first float).
    caf::replies_to<pull_atom, Incarnation, std::uint64_t, std::uint64_t>::with<Tensor>,
    // Backup: takes an operation in behind the one before, again is harmless; answers with the
    // newest position that it has. kStaleIncarnation from a primary that has been replaced.
    caf::replies_to<replicate_atom, ReplicaOperation>::with<std::uint64_t>,
    // Backup: takes a piece of the primary's state in; answers with the pieces that it has.
    caf::replies_to<fill_atom, ReplicaPiece>::with<std::uint32_t>>;

/// The control of a job's actors in one process; one executor per job and machine, one failure
/// domain.
using ExecutorActor = caf::typed_actor<
    // Restores and starts shards; answers once they serve. An error names what could not be
    // restored.
    caf::replies_to<start_atom, StartShards>::with<Incarnation>,
    // Where to look for the supervisor when this one is lost.
    caf::reacts_to<put_atom, Supervisors>,
    // New leases for workers that live here.
    caf::reacts_to<put_atom, WorkGrants>,
    // Backups; again is harmless.
    caf::replies_to<start_atom, StartBackups>::with<Incarnation>,
    // Answers as soon as it is known; how far it has come is in the reports.
    caf::replies_to<replicate_atom, Replicate>::with<ShardId>,
    // Again is harmless. An error when the backup is not here, or not whole.
    caf::replies_to<promote_atom, Promote>::with<ShardId>,
    // Again is harmless.
    caf::replies_to<shard_atom, ShardMoved>::with<ShardId>,
    // Starts workers.
    caf::replies_to<start_atom, StartWorkers>::with<Incarnation>,
    // The handle of a shard that lives here.
    caf::replies_to<shard_atom, ShardId, Incarnation>::with<caf::strong_actor_ptr>,
    // The sender has dialled again after its link to this process was lost. That may not have been
    // noticed here; what was under way is lost all the same.
    caf::reacts_to<resume_atom>,
    // Refuses a replaced worker from now on; one answer per shard that lives here.
    caf::replies_to<fence_atom, WorkerId, Incarnation>::with<std::vector<Fenced>>,
    // A fenced worker's unfinished commit leaves these shards again.
    caf::replies_to<revert_atom, ShardId, WorkerId, std::uint64_t>::with<ShardId>,
    // Takes a round's contributions into the shards that live here; again is harmless.
    caf::replies_to<close_atom, CloseRound>::with<Incarnation>,
    // The shards that live here run the program; again is harmless. One answer per shard.
    caf::replies_to<run_atom, RunProgram>::with<std::vector<ProgramSums>>,
    // This worker has been replaced: it ends.
    caf::reacts_to<stop_atom, WorkerId, Incarnation>,
    // These workers finish the block that they train, and end; their other leases are given back.
    caf::replies_to<drain_atom, Incarnation, std::vector<WorkerId>>::with<ExecutorHeld>,
    // Workers stop before their next exchange, until `resume` of the same checkpoint.
    caf::replies_to<hold_atom, CheckpointId>::with<ExecutorHeld>,
    caf::reacts_to<resume_atom, CheckpointId>,
    // The shards' state is fixed when this answers; its chunks follow as `written`.
    caf::replies_to<snap_atom, TakeSnapshot>::with<std::vector<ShardCut>>,
    // Loss and metrics of a checkpoint, beside the training.
    caf::replies_to<evaluate_atom, Evaluate>::with<Evaluation>,
    // Ends workers and shards of this generation or older; the process stays for the next
    // assignment.
    caf::replies_to<stop_atom, Incarnation>::with<Incarnation>,
    // Ends the process.
    caf::reacts_to<kill_atom>>;

/// One job: its state machine, placement, restarts, ledger and manifests.
using JobActor =
    caf::typed_actor<caf::replies_to<attach_atom, ExecutorHello>::with<Attached>,
                     caf::replies_to<report_atom, WorkReport>::with<WorkGrants>,
                     caf::reacts_to<written_atom, ChunksWritten>,
                     // An executor that cannot go on, and why, in its own words, before it ends.
                     caf::reacts_to<failure_atom, Incarnation, std::string>,
                     caf::reacts_to<exited_atom, ExecutorExit>>;

/// The door of a supervisor's node for nodes and executors.
using SupervisorActor = caf::typed_actor<
    // A node agent joins, or comes back.
    caf::replies_to<join_atom, NodeInfo>::with<Joined>,
    // News of a node that has joined: its certificate.
    caf::reacts_to<put_atom, NodeInfo>, caf::replies_to<attach_atom, ExecutorHello>::with<Attached>,
    // This machine is about to leave: answers when nothing runs there any more.
    caf::replies_to<drain_atom, std::string>::with<bool>,
    caf::reacts_to<exited_atom, ExecutorExit>>;

/// What a candidate's node publishes, whether it leads or not. One that does not refuses the rest
/// with kUnavailable.
using CandidateDoorActor = SupervisorActor::extend<caf::reacts_to<elect_atom, CandidateMail>>;

/// One machine's daemon.
using NodeAgentActor = caf::typed_actor<
    // Where to look for the supervisor when this one is lost.
    caf::reacts_to<put_atom, Supervisors>,
    // Starts an executor; answers with its process id (0 when it lives in this process).
    caf::replies_to<launch_atom, ExecutorLaunch>::with<std::uint32_t>,
    // Ends an executor at once, if it runs, and if the supervisor of this term is the newest.
    caf::reacts_to<kill_atom, Incarnation, std::uint64_t>,
    // The node's chunk store.
    caf::replies_to<store_atom>::with<caf::strong_actor_ptr>,
    // The node's data server.
    caf::replies_to<data_atom>::with<caf::strong_actor_ptr>>;

/// Lends the rows of this node's data files to nodes that do not have them; blocks on its own
/// thread. A source is the canonical JSON of a storage::SourceConfig.
using DataServerActor = caf::typed_actor<
    // kNotFound, kIo, kInvalid, kCorrupt: as opening it here.
    caf::replies_to<open_atom, std::string>::with<DataShape>,
    // Rows [first, first + count) of a source whose files still have this fingerprint.
    caf::replies_to<get_atom, std::string, std::uint64_t, std::uint64_t,
                    std::uint32_t>::with<DataRows>>;

/// A node's checkpoint chunks; blocks on its own thread.
using ChunkStoreActor =
    caf::typed_actor<caf::replies_to<put_atom, Chunk>::with<std::uint64_t>,
                     // Everything put before is durable.
                     caf::replies_to<sync_atom>::with<bool>,
                     caf::replies_to<get_atom, JobId, CheckpointId, std::uint64_t>::with<Tensor>,
                     // Every checkpoint up to this one, but for those in the list.
                     caf::reacts_to<drop_atom, JobId, CheckpointId, std::vector<CheckpointId>>,
                     // Everything of jobs up to this one, but for those in the list.
                     caf::reacts_to<drop_atom, JobId, std::vector<JobId>>>;

}  // namespace dk
