// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/protocol/cluster.hpp"
#include "actors/tensor.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

// Cuts, and chunks on their way to the disks.

namespace dk {

/// Where one chunk of a checkpoint can be fetched: the node agents that store it.
struct ChunkSource {
  std::uint64_t offset = 0;
  std::uint64_t count = 0;
  std::uint64_t checksum = 0;
  std::vector<std::string> nodes;
};
DK_INSPECT(ChunkSource, x.offset, x.count, x.checksum, x.nodes)

/// A whole checkpoint and the nodes that have its chunks.
struct CheckpointPlace {
  CheckpointId checkpoint;
  std::vector<ChunkSource> chunks;
  std::vector<NodePeer> nodes;
};
DK_INSPECT(CheckpointPlace, x.checkpoint, x.chunks, x.nodes)

/// A worker stands still behind this commit, for a checkpoint.
struct Held {
  WorkerId worker;
  Incarnation incarnation;
  std::uint64_t sequence = 0;
};
DK_INSPECT(Held, x.worker, x.incarnation, x.sequence)

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
DK_INSPECT(MemoryPlace, x.worker, x.incarnation, x.sequence, x.offset, x.count)

/// Take the cut now, and write it behind the training.
struct TakeSnapshot {
  CheckpointId checkpoint;
  std::vector<NodePeer> homes;  ///< node agents that store the chunks
  std::vector<MemoryPlace> memories;
};
DK_INSPECT(TakeSnapshot, x.checkpoint, x.homes, x.memories)

/// A shard's commits at the cut; equal in all shards, or the cut is void.
struct ShardCut {
  ShardId shard;
  Incarnation incarnation;
  std::vector<Held> commits;
};
DK_INSPECT(ShardCut, x.shard, x.incarnation, x.commits)

/// An executor's chunks are durable on these nodes.
struct ChunksWritten {
  Incarnation executor;
  CheckpointId checkpoint;
  std::vector<ChunkSource> chunks;
  std::map<std::string, std::string> refused{};  ///< nodes that did not take them, and why
  std::string failure{};                         ///< why there was nobody to take them
};
DK_INSPECT(ChunksWritten, x.executor, x.checkpoint, x.chunks, x.refused, x.failure)

/// One chunk of a checkpoint on its way to or from a node's store.
struct Chunk {
  JobId job;
  CheckpointId checkpoint;
  std::uint64_t offset = 0;  ///< its first float in the flat vector
  std::uint64_t checksum = 0;
  Tensor values;
};
DK_INSPECT(Chunk, x.job, x.checkpoint, x.offset, x.checksum, x.values)

}  // namespace dk
