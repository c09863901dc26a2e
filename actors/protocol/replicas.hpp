// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/protocol/shards.hpp"

#include <cstdint>
#include <string>
#include <vector>

// Second copies of shards.

namespace dk {

/// These backups, and no others, live in this executor from now on; each is filled by its primary.
/// Their incarnations are the backups' own.
struct StartBackups {
  Incarnation generation;
  std::vector<ShardAssignment> shards;
};
DK_INSPECT(StartBackups, x.generation, x.shards)

/// A primary replicates to this backup from now on, or (without one) to nobody.
struct Replicate {
  Incarnation generation;
  ShardId shard;
  Incarnation primary;
  Incarnation backup;
  Peer executor;  ///< that hosts the backup
};
DK_INSPECT(Replicate, x.generation, x.shard, x.primary, x.backup, x.executor)

/// A backup is the shard from now on, under a new incarnation; the primary is gone.
struct Promote {
  Incarnation generation;
  ShardId shard;
  Incarnation backup;
  Incarnation primary;  ///< its incarnation from now on
};
DK_INSPECT(Promote, x.generation, x.shard, x.backup, x.primary)

/// How far a shard's backup has come, as its primary sees it.
struct ReplicaStatus {
  ShardId shard;
  Incarnation primary;
  Incarnation backup;
  bool in_sync = false;  ///< nothing is acknowledged any more that the backup does not have
  bool lost = false;     ///< it cannot be reached, or cannot follow
};
DK_INSPECT(ReplicaStatus, x.shard, x.primary, x.backup, x.in_sync, x.lost)

/// An operation as the backup repeats it.
struct ReplicaOperation {
  Incarnation primary;         ///< the shard's incarnation that took it in
  Incarnation backup;          ///< whom it means
  std::uint64_t position = 0;  ///< from 1, without gaps, since the primary became the primary
  ShardOperation operation;
};
DK_INSPECT(ReplicaOperation, x.primary, x.backup, x.position, x.operation)

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
DK_INSPECT(ReplicaPiece, x.primary, x.backup, x.position, x.number, x.pieces, x.facts, x.floats)

}  // namespace dk
