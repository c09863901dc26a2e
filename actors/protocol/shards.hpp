// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/vector_program.hpp"
#include "actors/protocol/checkpoints.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

// Parameter servers: what starts them, and what changes their weights.

namespace dk {

/// One shard: where its range lies and what it starts from.
struct ShardAssignment {
  ShardId shard;
  Incarnation incarnation;
  std::uint64_t offset = 0;
  std::uint64_t count = 0;
  std::uint64_t learning = 0;  ///< the first so many weights learn; the rest are statistics
};
DK_INSPECT(ShardAssignment, x.shard, x.incarnation, x.offset, x.count, x.learning)

/// A shard as a worker finds it.
struct ShardAddress {
  ShardId shard;
  Incarnation incarnation;
  std::uint64_t offset = 0;
  std::uint64_t count = 0;
  Peer executor;
};
DK_INSPECT(ShardAddress, x.shard, x.incarnation, x.offset, x.count, x.executor)

/// Start these shards, from this checkpoint or (none) from the model's initial weights.
struct StartShards {
  Incarnation generation;
  std::vector<ShardAssignment> shards;
  CheckpointPlace place;
  std::uint64_t updates = 0;  ///< in the checkpoint
};
DK_INSPECT(StartShards, x.generation, x.shards, x.place, x.updates)

/// Workers find this shard here from now on.
struct ShardMoved {
  Incarnation generation;
  ShardAddress shard;
};
DK_INSPECT(ShardMoved, x.generation, x.shard)

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
DK_INSPECT(ExchangePart, x.worker, x.incarnation, x.shard, x.sequence, x.block, x.part, x.parts,
           x.offset, x.values, x.fetch)

struct ExchangedPart {
  bool duplicate = false;  ///< was in already and has not been applied again
  Tensor values;
};
DK_INSPECT(ExchangedPart, x.duplicate, x.values)

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
DK_INSPECT(Fenced, x.shard, x.worker, x.incarnation, x.complete, x.partial_parts,
           x.recent_sequences, x.recent_blocks)

struct FenceWorker {
  WorkerId worker;
  Incarnation incarnation;
};
DK_INSPECT(FenceWorker, x.worker, x.incarnation)

struct RevertCommit {
  WorkerId worker;
  std::uint64_t sequence = 0;
};
DK_INSPECT(RevertCommit, x.worker, x.sequence)

/// These commits, whole in every shard, make up the round.
struct CloseRound {
  Incarnation generation;
  std::uint64_t round = 0;
  std::vector<Held> members;  ///< by worker
};
DK_INSPECT(CloseRound, x.generation, x.round, x.members)

DK_INSPECT(VectorProgram::Term, x.vector, x.factor)
DK_INSPECT(VectorProgram::Combination, x.target, x.terms)
DK_INSPECT(VectorProgram::Dot, x.left, x.right)
DK_INSPECT(VectorProgram, x.number, x.first_block, x.combinations, x.dots)

/// The shards of an executor run this; see VectorProgram.
struct RunProgram {
  Incarnation generation;
  VectorProgram program;
};
DK_INSPECT(RunProgram, x.generation, x.program)

/// One shard's share of a program's scalar products.
struct ProgramSums {
  ShardId shard;
  std::vector<double> sums;
};
DK_INSPECT(ProgramSums, x.shard, x.sums)

/// What changes a shard. The same operations in the same order make the same shard.
struct ShardOperation {
  std::variant<ExchangePart, FenceWorker, RevertCommit, CloseRound, VectorProgram> what;
};
caf::error inspect(caf::serializer& sink, ShardOperation& operation);
caf::error inspect(caf::deserializer& source, ShardOperation& operation);
/// For everything else that looks into messages: which one it is.
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, ShardOperation& operation) {
  auto index = operation.what.index();
  return f(index);
}

}  // namespace dk
