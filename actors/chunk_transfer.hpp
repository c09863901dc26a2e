// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/protocol.hpp"
#include "actors/shard.hpp"

#include <memory>
#include <vector>

namespace dk {

using FloatsPtr = std::shared_ptr<float>;

}  // namespace dk

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dk::FloatsPtr)

namespace dk {

/// Writes one checkpoint's ranges to every home, a chunk each, with a bound on what is under way,
/// then makes them durable. Lets go of a range as soon as every home has it: what the shard writes
/// then need not be copied. Answers once, then ends.
using ChunkWriterActor = caf::typed_actor<
    // A home that fails is left out of the answer's `nodes`, and its reason stands in `refused`.
    caf::replies_to<put_atom>::with<ChunksWritten>>;

struct ChunkWriterConfig {
  JobId job;
  Incarnation executor;
  CheckpointId checkpoint;
  std::vector<NodePeer> homes;
  struct Range {
    std::uint64_t offset = 0;  ///< of the first float in the checkpoint
    Tensor values;             ///< at most a part
  };
  std::vector<Range> ranges;
};
ChunkWriterActor::behavior_type chunk_writer(ChunkWriterActor::pointer self,
                                             ChunkWriterConfig config);

/// Fetches one range of the flat vector from a checkpoint's chunks, which may be cut differently.
/// Answers once, then ends.
using ChunkReaderActor = caf::typed_actor<
    // kCorrupt or kUnavailable names the chunk that no node can give whole.
    caf::replies_to<get_atom>::with<FloatsPtr>>;

struct ChunkReaderConfig {
  JobId job;
  CheckpointId checkpoint;
  std::vector<ChunkSource> chunks;
  std::vector<NodePeer> nodes;
  std::uint64_t offset = 0;
  std::uint64_t count = 0;
};
ChunkReaderActor::behavior_type chunk_reader(ChunkReaderActor::pointer self,
                                             ChunkReaderConfig config);

}  // namespace dk
