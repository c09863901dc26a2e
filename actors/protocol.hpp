// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/vector_program.hpp"
#include "actors/logic/consensus_types.hpp"
#include "actors/tensor.hpp"
#include "actors/wire.hpp"
#include "base/bytes.hpp"
#include "base/errc.hpp"
#include "base/ids.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/meta/type_name.hpp>
#include <caf/replies_to.hpp>
#include <caf/type_id.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

// Every message that travels between nodes, and the interface of every actor that receives one.
// Only nodes are on this wire; people come in by the HTTP API (actors/api). docs/protocol.md tells
// the story; this file is the contract.

namespace dk {

/// How to reach an actor: dial `host:port` for a direct link (a handle that came through a third
/// node is routed through it), or use the handle as it is when the host is empty (same process).
struct Peer {
  std::string host;
  std::uint16_t port = 0;
  caf::strong_actor_ptr handle;
};

/// A node's daemon introduces itself.
struct NodeInfo {
  std::uint32_t protocol = protocol_version();
  std::string name;
  std::string cluster;  ///< empty before its first join
  std::uint32_t cores = 0;
  Peer agent;
  std::vector<Incarnation> executors{};         ///< that live here; those that do not are gone
  std::uint64_t memory_bytes = 0;               ///< for executors; 0: not known
  std::map<std::string, std::string> labels{};  ///< given by its operator
  std::int64_t certificate_ends = 0;            ///< seconds since 1970; 0: it has none
};

/// Who can be the supervisor; a supervisor of a lower term has been replaced.
struct Supervisors {
  std::uint64_t term = 0;
  std::vector<Peer> doors;  ///< of all candidates
};

struct Joined {
  std::string cluster;
  Incarnation incarnation;             ///< none: a standby was asked, the others may lead
  caf::strong_actor_ptr supervisor{};  ///< ends when it leads no more
  Supervisors supervisors{};
};

/// Start one executor.
struct ExecutorLaunch {
  JobId job;
  Incarnation incarnation;
  std::uint64_t term = 0;  ///< of the supervisor that wants it
};

/// An executor process is gone.
struct ExecutorExit {
  JobId job;
  Incarnation incarnation;
  std::string reason;  ///< "killed by signal 9 (Killed)", "exited with 1"
};

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

/// What a worker holds at the moment; its leases are renewed when `steps` has grown, which counts
/// mini-batches and answers of shards.
struct WorkerStatus {
  WorkerId worker;
  Incarnation incarnation;
  std::uint64_t steps = 0;
  std::vector<std::uint64_t> leases;
};

/// How far a shard's backup has come, as its primary sees it.
struct ReplicaStatus {
  ShardId shard;
  Incarnation primary;
  Incarnation backup;
  bool in_sync = false;  ///< nothing is acknowledged any more that the backup does not have
  bool lost = false;     ///< it cannot be reached, or cannot follow
};

/// A worker that has ended, and why.
struct WorkerFailure {
  WorkerId worker;
  Incarnation incarnation;
  std::string reason;
  /// It had not made a step: the weights that the shards gave it are what is wrong, or its machine.
  bool at_centre = false;
};

/// What went wrong in a worker without ending it, for the job's events.
struct WorkerNote {
  WorkerId worker;
  Incarnation incarnation;
  std::string text;
};

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

struct Grant {
  WorkerId worker;
  Incarnation incarnation;
  std::vector<std::uint64_t> blocks;
  /// The round that these blocks are trained for, from 1; 0 where nobody waits for rounds.
  std::uint64_t round = 0;
  std::uint32_t workers = 1;  ///< that train now
  double learning_rate = 0;   ///< to be used from now on; 0: what the optimizer says
};

/// The answer: everything in the report is durable, and these leases are new.
struct WorkGrants {
  std::vector<Grant> grants;
};

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

struct NodePeer {
  std::string name;
  Peer agent;
};

/// The job takes the executor in.
struct Attached {
  caf::strong_actor_ptr job;     ///< null: a standby was asked, the others may lead
  std::string spec;              ///< canonical JSON of the JobSpec
  std::uint64_t samples = 0;     ///< in an epoch, as the supervisor counted them
  std::uint64_t parameters = 0;  ///< floats in the model's flat vector
  std::vector<NodePeer> nodes;   ///< that may have the data files which this machine does not have
  Supervisors supervisors{};
};

/// A data source as one node can read it.
struct DataShape {
  std::string schema;  ///< JSON, as storage::to_json(Schema)
  std::uint64_t rows = 0;
  std::uint64_t group_rows = 1;  ///< see storage::Reader
  bool features_are_bytes = false;
  /// Of the files that `get` reads, as storage::fingerprint: their names, sizes and pieces of their
  /// bytes, not their times and folders, so that copies on several machines agree.
  std::uint64_t fingerprint = 0;
};

/// Rows of a data source, as storage::Reader::read gives them.
struct DataRows {
  Tensor x;
  Tensor y;
};

/// Where one chunk of a checkpoint can be fetched: the node agents that store it.
struct ChunkSource {
  std::uint64_t offset = 0;
  std::uint64_t count = 0;
  std::uint64_t checksum = 0;
  std::vector<std::string> nodes;
};

/// A whole checkpoint and the nodes that have its chunks.
struct CheckpointPlace {
  CheckpointId checkpoint;
  std::vector<ChunkSource> chunks;
  std::vector<NodePeer> nodes;
};

/// One shard: where its range lies and what it starts from.
struct ShardAssignment {
  ShardId shard;
  Incarnation incarnation;
  std::uint64_t offset = 0;
  std::uint64_t count = 0;
  std::uint64_t learning = 0;  ///< the first so many weights learn; the rest are statistics
};

struct WorkerAssignment {
  WorkerId worker;
  Incarnation incarnation;
};

/// A shard as a worker finds it.
struct ShardAddress {
  ShardId shard;
  Incarnation incarnation;
  std::uint64_t offset = 0;
  std::uint64_t count = 0;
  Peer executor;
};

/// Start these shards, from this checkpoint or (none) from the model's initial weights.
struct StartShards {
  Incarnation generation;
  std::vector<ShardAssignment> shards;
  CheckpointPlace place;
  std::uint64_t updates = 0;  ///< in the checkpoint
};

/// These backups, and no others, live in this executor from now on; each is filled by its primary.
/// Their incarnations are the backups' own.
struct StartBackups {
  Incarnation generation;
  std::vector<ShardAssignment> shards;
};

/// A primary replicates to this backup from now on, or (without one) to nobody.
struct Replicate {
  Incarnation generation;
  ShardId shard;
  Incarnation primary;
  Incarnation backup;
  Peer executor;  ///< that hosts the backup
};

/// A backup is the shard from now on, under a new incarnation; the primary is gone.
struct Promote {
  Incarnation generation;
  ShardId shard;
  Incarnation backup;
  Incarnation primary;  ///< its incarnation from now on
};

/// Workers find this shard here from now on.
struct ShardMoved {
  Incarnation generation;
  ShardAddress shard;
};

/// What a worker knew as of a commit, beside what the shards know: its optimizer's state, perhaps
/// weights of its own; and where in a checkpoint that is: `count` floats from
/// `offset` on.
struct MemoryPlace {
  WorkerId worker;
  Incarnation incarnation;
  std::uint64_t sequence = 0;
  std::uint64_t offset = 0;
  std::uint64_t count = 0;
};

/// Start these workers; all shards are up. Those with a memory in `place` begin with it.
struct StartWorkers {
  Incarnation generation;
  std::vector<WorkerAssignment> workers;
  std::vector<ShardAddress> shards;
  CheckpointPlace place;
  std::vector<MemoryPlace> memories;
};

/// One part of a commit, and with it the wish for the shard's answer.
struct ExchangePart {
  WorkerId worker;
  Incarnation incarnation;
  Incarnation shard;  ///< the shard's incarnation that the worker means
  std::uint64_t sequence = 0;
  std::uint64_t block = 0;
  std::uint32_t part = 0;
  std::uint32_t parts = 0;
  std::uint64_t offset = 0;  ///< from the shard's first float
  Tensor values;
  bool fetch = true;  ///< false: the worker will pull when it goes on
};

struct ExchangedPart {
  bool duplicate = false;  ///< was in already and has not been applied again
  Tensor values;
};

/// How far one worker's commits have come in one shard (see CommitTable).
struct Fenced {
  ShardId shard;
  WorkerId worker;
  Incarnation incarnation;
  std::uint64_t complete = 0;
  std::uint32_t partial_parts = 0;
  std::vector<std::uint64_t> recent_sequences;
  std::vector<std::uint64_t> recent_blocks;
};

/// A worker stands still behind this commit, for a checkpoint.
struct Held {
  WorkerId worker;
  Incarnation incarnation;
  std::uint64_t sequence = 0;
};

struct FenceWorker {
  WorkerId worker;
  Incarnation incarnation;
};

struct RevertCommit {
  WorkerId worker;
  std::uint64_t sequence = 0;
};

/// These commits, whole in every shard, make up the round.
struct CloseRound {
  Incarnation generation;
  std::uint64_t round = 0;
  std::vector<Held> members;  ///< by worker
};

/// The shards of an executor run this; see VectorProgram.
struct RunProgram {
  Incarnation generation;
  VectorProgram program;
};

/// One shard's share of a program's scalar products.
struct ProgramSums {
  ShardId shard;
  std::vector<double> sums;
};

/// What changes a shard. The same operations in the same order make the same shard.
struct ShardOperation {
  std::variant<ExchangePart, FenceWorker, RevertCommit, CloseRound, VectorProgram> what;
};

/// An operation as the backup repeats it.
struct ReplicaOperation {
  Incarnation primary;         ///< the shard's incarnation that took it in
  Incarnation backup;          ///< whom it means
  std::uint64_t position = 0;  ///< from 1, without gaps, since the primary became the primary
  ShardOperation operation;
};

/// A piece of a shard's whole state on its way to a new backup.
struct ReplicaPiece {
  Incarnation primary;
  Incarnation backup;
  std::uint64_t position = 0;  ///< the newest operation in it
  std::uint32_t number = 0;    ///< from 0; the first one is `facts`, the others floats
  std::uint32_t pieces = 0;
  std::string facts;  ///< as ShardImage::facts
  Tensor floats;
};

/// Every worker of an executor stands still, and this is all they have done. `memories` has no
/// offsets.
struct ExecutorHeld {
  std::vector<Held> workers;
  WorkReport report;
  std::vector<MemoryPlace> memories;
};

/// Take the cut now, and write it behind the training.
struct TakeSnapshot {
  CheckpointId checkpoint;
  std::vector<NodePeer> homes;  ///< node agents that store the chunks
  std::vector<MemoryPlace> memories;
};

/// A shard's commits at the cut; equal in all shards, or the cut is void.
struct ShardCut {
  ShardId shard;
  Incarnation incarnation;
  std::vector<Held> commits;
};

/// An executor's chunks are durable on these nodes.
struct ChunksWritten {
  Incarnation executor;
  CheckpointId checkpoint;
  std::vector<ChunkSource> chunks;
  std::string failure;  ///< "node NAME: why; ..." of those that failed
};

/// Compute loss and metrics of these weights on rows of the job's test data, or its validation
/// data.
struct Evaluate {
  CheckpointPlace place;
  bool on_validation = false;
  std::uint64_t first = 0;
  std::uint64_t count = 0;  ///< 0: every row from `first` on
  bool outputs = false;     ///< answer with the model's outputs too
};

/// Sums over the rows, as in Done.
struct Evaluation {
  double loss_sum = 0;
  std::uint64_t samples = 0;
  std::vector<double> metrics{};
  Tensor outputs;  ///< row after row, if they were asked for
};

/// One chunk of a checkpoint on its way to or from a node's store.
struct Chunk {
  JobId job;
  CheckpointId checkpoint;
  std::uint64_t offset = 0;  ///< its first float in the flat vector
  std::uint64_t checksum = 0;
  Tensor values;
};

/// Between candidates for the supervisor.
struct CandidateMail {
  std::uint32_t protocol = protocol_version();
  std::string cluster;  ///< empty before it belongs to one
  Peer door;            ///< of the sender
  Candidate from;
  ConsensusMessage message;
};

// The fields of a message's first release, in their order. What comes later goes into
// DK_INSPECT_ADDED's parentheses; see wire.hpp.
#define DK_INSPECT_ADDED(Type, added_fields, ...)                    \
  template <class Inspector>                                         \
  typename Inspector::result_type inspect(Inspector& f, Type& x) {   \
    auto later = added added_fields;                                 \
    return f(caf::meta::type_name("dk." #Type), __VA_ARGS__, later); \
  }
#define DK_INSPECT(Type, ...) DK_INSPECT_ADDED(Type, (), __VA_ARGS__)
DK_INSPECT(Peer, x.host, x.port, x.handle)
DK_INSPECT(NodeInfo, x.protocol, x.name, x.cluster, x.cores, x.agent, x.executors, x.memory_bytes,
           x.labels, x.certificate_ends)
DK_INSPECT(Supervisors, x.term, x.doors)
DK_INSPECT(Joined, x.cluster, x.incarnation, x.supervisor, x.supervisors)
DK_INSPECT(ExecutorLaunch, x.job, x.incarnation, x.term)
DK_INSPECT(ExecutorExit, x.job, x.incarnation, x.reason)
DK_INSPECT(Done, x.worker, x.incarnation, x.sequence, x.block, x.loss_sum, x.samples, x.metrics)
DK_INSPECT(WorkerStatus, x.worker, x.incarnation, x.steps, x.leases)
DK_INSPECT(ReplicaStatus, x.shard, x.primary, x.backup, x.in_sync, x.lost)
DK_INSPECT(WorkerFailure, x.worker, x.incarnation, x.reason, x.at_centre)
DK_INSPECT(WorkerNote, x.worker, x.incarnation, x.text)
DK_INSPECT(WorkReport, x.executor, x.done, x.workers, x.duplicates_dropped, x.replicas, x.failures,
           x.notes)
DK_INSPECT(Grant, x.worker, x.incarnation, x.blocks, x.round, x.workers, x.learning_rate)
DK_INSPECT(WorkGrants, x.grants)
DK_INSPECT(ExecutorHello, x.protocol, x.job, x.incarnation, x.generation, x.pid, x.executor,
           x.report)
DK_INSPECT(Attached, x.job, x.spec, x.samples, x.parameters, x.nodes, x.supervisors)
DK_INSPECT(DataShape, x.schema, x.rows, x.group_rows, x.features_are_bytes, x.fingerprint)
DK_INSPECT(DataRows, x.x, x.y)
DK_INSPECT(ChunkSource, x.offset, x.count, x.checksum, x.nodes)
DK_INSPECT(NodePeer, x.name, x.agent)
DK_INSPECT(ShardAssignment, x.shard, x.incarnation, x.offset, x.count, x.learning)
DK_INSPECT(WorkerAssignment, x.worker, x.incarnation)
DK_INSPECT(ShardAddress, x.shard, x.incarnation, x.offset, x.count, x.executor)
DK_INSPECT(StartShards, x.generation, x.shards, x.place, x.updates)
DK_INSPECT(MemoryPlace, x.worker, x.incarnation, x.sequence, x.offset, x.count)
DK_INSPECT(StartWorkers, x.generation, x.workers, x.shards, x.place, x.memories)
DK_INSPECT(StartBackups, x.generation, x.shards)
DK_INSPECT(Replicate, x.generation, x.shard, x.primary, x.backup, x.executor)
DK_INSPECT(Promote, x.generation, x.shard, x.backup, x.primary)
DK_INSPECT(ShardMoved, x.generation, x.shard)
DK_INSPECT(ExchangePart, x.worker, x.incarnation, x.shard, x.sequence, x.block, x.part, x.parts,
           x.offset, x.values, x.fetch)
DK_INSPECT(ExchangedPart, x.duplicate, x.values)
DK_INSPECT(Fenced, x.shard, x.worker, x.incarnation, x.complete, x.partial_parts,
           x.recent_sequences, x.recent_blocks)
DK_INSPECT(Held, x.worker, x.incarnation, x.sequence)
DK_INSPECT(FenceWorker, x.worker, x.incarnation)
DK_INSPECT(RevertCommit, x.worker, x.sequence)
DK_INSPECT(CloseRound, x.generation, x.round, x.members)
DK_INSPECT(VectorProgram::Term, x.vector, x.factor)
DK_INSPECT(VectorProgram::Combination, x.target, x.terms)
DK_INSPECT(VectorProgram::Dot, x.left, x.right)
DK_INSPECT(VectorProgram, x.number, x.first_block, x.combinations, x.dots)
DK_INSPECT(RunProgram, x.generation, x.program)
DK_INSPECT(ProgramSums, x.shard, x.sums)
caf::error inspect(caf::serializer& sink, ShardOperation& operation);
caf::error inspect(caf::deserializer& source, ShardOperation& operation);
/// For everything else that looks into messages: which one it is.
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, ShardOperation& operation) {
  auto index = operation.what.index();
  return f(index);
}
DK_INSPECT(ReplicaOperation, x.primary, x.backup, x.position, x.operation)
DK_INSPECT(ReplicaPiece, x.primary, x.backup, x.position, x.number, x.pieces, x.facts, x.floats)
DK_INSPECT(ExecutorHeld, x.workers, x.report, x.memories)
DK_INSPECT(TakeSnapshot, x.checkpoint, x.homes, x.memories)
DK_INSPECT(ShardCut, x.shard, x.incarnation, x.commits)
DK_INSPECT(ChunksWritten, x.executor, x.checkpoint, x.chunks, x.failure)
DK_INSPECT(CheckpointPlace, x.checkpoint, x.chunks, x.nodes)
DK_INSPECT(Evaluate, x.place, x.on_validation, x.first, x.count, x.outputs)
DK_INSPECT(Evaluation, x.loss_sum, x.samples, x.metrics, x.outputs)
DK_INSPECT(Chunk, x.job, x.checkpoint, x.offset, x.checksum, x.values)
DK_INSPECT(Candidate, x.name, x.seat, x.host, x.port, x.http)
DK_INSPECT(ConsensusPosition, x.term, x.index)
DK_INSPECT(ConsensusEntry, x.position, x.change, x.members)
DK_INSPECT(ConsensusMessage, x.kind, x.seat, x.term, x.position, x.trial, x.granted, x.entries,
           x.number, x.pieces, x.text, x.members, x.leader)
DK_INSPECT(CandidateMail, x.protocol, x.cluster, x.door, x.from, x.message)
#undef DK_INSPECT
#undef DK_INSPECT_ADDED

}  // namespace dk

CAF_BEGIN_TYPE_ID_BLOCK(dk, caf::first_custom_type_id)
  CAF_ADD_TYPE_ID(dk, (dk::JobId))
  CAF_ADD_TYPE_ID(dk, (dk::Incarnation))
  CAF_ADD_TYPE_ID(dk, (dk::WorkerId))
  CAF_ADD_TYPE_ID(dk, (std::vector<dk::WorkerId>))
  CAF_ADD_TYPE_ID(dk, (dk::ShardId))
  CAF_ADD_TYPE_ID(dk, (dk::CheckpointId))
  CAF_ADD_TYPE_ID(dk, (std::vector<dk::CheckpointId>))
  CAF_ADD_TYPE_ID(dk, (dk::Tensor))
  CAF_ADD_TYPE_ID(dk, (dk::Peer))
  CAF_ADD_TYPE_ID(dk, (dk::NodeInfo))
  CAF_ADD_TYPE_ID(dk, (dk::Supervisors))
  CAF_ADD_TYPE_ID(dk, (dk::Joined))
  CAF_ADD_TYPE_ID(dk, (dk::CandidateMail))
  CAF_ADD_TYPE_ID(dk, (dk::ExecutorLaunch))
  CAF_ADD_TYPE_ID(dk, (dk::ExecutorExit))
  CAF_ADD_TYPE_ID(dk, (dk::WorkReport))
  CAF_ADD_TYPE_ID(dk, (dk::Grant))
  CAF_ADD_TYPE_ID(dk, (dk::WorkGrants))
  CAF_ADD_TYPE_ID(dk, (dk::ExecutorHello))
  CAF_ADD_TYPE_ID(dk, (dk::Attached))
  CAF_ADD_TYPE_ID(dk, (dk::StartShards))
  CAF_ADD_TYPE_ID(dk, (dk::StartWorkers))
  CAF_ADD_TYPE_ID(dk, (dk::ExchangePart))
  CAF_ADD_TYPE_ID(dk, (dk::ExchangedPart))
  CAF_ADD_TYPE_ID(dk, (dk::Fenced))
  CAF_ADD_TYPE_ID(dk, (std::vector<dk::Fenced>))
  CAF_ADD_TYPE_ID(dk, (dk::Held))
  CAF_ADD_TYPE_ID(dk, (dk::MemoryPlace))
  CAF_ADD_TYPE_ID(dk, (dk::CloseRound))
  CAF_ADD_TYPE_ID(dk, (dk::ExecutorHeld))
  CAF_ADD_TYPE_ID(dk, (dk::VectorProgram))
  CAF_ADD_TYPE_ID(dk, (dk::RunProgram))
  CAF_ADD_TYPE_ID(dk, (dk::ProgramSums))
  CAF_ADD_TYPE_ID(dk, (std::vector<dk::ProgramSums>))
  CAF_ADD_TYPE_ID(dk, (dk::TakeSnapshot))
  CAF_ADD_TYPE_ID(dk, (dk::ShardCut))
  CAF_ADD_TYPE_ID(dk, (std::vector<dk::ShardCut>))
  CAF_ADD_TYPE_ID(dk, (dk::ChunksWritten))
  CAF_ADD_TYPE_ID(dk, (dk::CheckpointPlace))
  CAF_ADD_TYPE_ID(dk, (dk::Evaluate))
  CAF_ADD_TYPE_ID(dk, (dk::Evaluation))
  CAF_ADD_TYPE_ID(dk, (dk::Chunk))
  CAF_ADD_TYPE_ID(dk, (dk::DataShape))
  CAF_ADD_TYPE_ID(dk, (dk::DataRows))
  CAF_ADD_TYPE_ID(dk, (dk::StartBackups))
  CAF_ADD_TYPE_ID(dk, (dk::Replicate))
  CAF_ADD_TYPE_ID(dk, (dk::Promote))
  CAF_ADD_TYPE_ID(dk, (dk::ShardMoved))
  CAF_ADD_TYPE_ID(dk, (dk::ReplicaOperation))
  CAF_ADD_TYPE_ID(dk, (dk::ReplicaPiece))
  CAF_ADD_TYPE_ID(dk, (dk::WorkerFailure))
  CAF_ADD_TYPE_ID(dk, (dk::WorkerNote))

  CAF_ADD_ATOM(dk, dk, join_atom, "join")
  CAF_ADD_ATOM(dk, dk, launch_atom, "launch")
  CAF_ADD_ATOM(dk, dk, kill_atom, "kill")
  CAF_ADD_ATOM(dk, dk, exited_atom, "exited")
  CAF_ADD_ATOM(dk, dk, attach_atom, "attach")
  CAF_ADD_ATOM(dk, dk, report_atom, "report")
  CAF_ADD_ATOM(dk, dk, failure_atom, "failure")
  CAF_ADD_ATOM(dk, dk, start_atom, "start")
  CAF_ADD_ATOM(dk, dk, stop_atom, "stop")
  CAF_ADD_ATOM(dk, dk, shard_atom, "shard")
  CAF_ADD_ATOM(dk, dk, fence_atom, "fence")
  CAF_ADD_ATOM(dk, dk, revert_atom, "revert")
  CAF_ADD_ATOM(dk, dk, close_atom, "close")
  CAF_ADD_ATOM(dk, dk, run_atom, "run")
  CAF_ADD_ATOM(dk, dk, hold_atom, "hold")
  CAF_ADD_ATOM(dk, dk, resume_atom, "resume")
  CAF_ADD_ATOM(dk, dk, snap_atom, "snapshot")
  CAF_ADD_ATOM(dk, dk, written_atom, "written")
  CAF_ADD_ATOM(dk, dk, evaluate_atom, "evaluate")
  CAF_ADD_ATOM(dk, dk, exchange_atom, "exchange")
  CAF_ADD_ATOM(dk, dk, pull_atom, "pull")
  CAF_ADD_ATOM(dk, dk, put_atom, "put")
  CAF_ADD_ATOM(dk, dk, get_atom, "get")
  CAF_ADD_ATOM(dk, dk, sync_atom, "sync")
  CAF_ADD_ATOM(dk, dk, drop_atom, "drop")
  CAF_ADD_ATOM(dk, dk, store_atom, "store")
  CAF_ADD_ATOM(dk, dk, open_atom, "open")
  CAF_ADD_ATOM(dk, dk, data_atom, "data")
  CAF_ADD_ATOM(dk, dk, replicate_atom, "replicate")
  CAF_ADD_ATOM(dk, dk, fill_atom, "fill")
  CAF_ADD_ATOM(dk, dk, promote_atom, "promote")
  CAF_ADD_ATOM(dk, dk, drain_atom, "drain")
  CAF_ADD_ATOM(dk, dk, elect_atom, "elect")
  CAF_ADD_ATOM(dk, dk, tick_atom, "tick")
CAF_END_TYPE_ID_BLOCK(dk)
CAF_ERROR_CODE_ENUM(dk::Errc, "dk")

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
                     caf::reacts_to<drop_atom, JobId>>;

}  // namespace dk
