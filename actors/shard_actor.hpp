// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/shard.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <memory>

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dk::ShardSnapshotPtr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dk::ReplicaStatus)

namespace dk {

/// Hears how a primary's backup comes along.
using ShardHomeActor = caf::typed_actor<caf::reacts_to<replicate_atom, ReplicaStatus>>;

/// What the executor of the same process can ask beside ShardActor.
using LocalShardActor =
    ShardActor::extend<caf::replies_to<fence_atom, WorkerId, Incarnation>::with<Fenced>,
                       caf::replies_to<revert_atom, WorkerId, std::uint64_t>::with<ShardId>,
                       caf::replies_to<close_atom, CloseRound>::with<ShardId>,
                       caf::replies_to<run_atom, VectorProgram>::with<ProgramSums>,
                       caf::replies_to<snap_atom>::with<ShardSnapshotPtr>,
                       // Primary: fills this backup and replicates to it from now on, in place of
                       // any other. The same backup again: this is how it is reached now.
                       caf::reacts_to<replicate_atom, Incarnation, ShardActor>,
                       // Primary: replicates to nobody from now on.
                       caf::reacts_to<replicate_atom>,
                       // Backup (of the first incarnation): is the primary from now on, under the
                       // second one.
                       caf::replies_to<promote_atom, Incarnation, Incarnation>::with<ShardId>>;

struct ShardActorConfig {
  /// A primary has its shard; a backup gets it from its primary, as `blueprint` says.
  std::shared_ptr<Shard> shard;
  ShardConfig blueprint;
  ShardHomeActor home;
};

/// One copy of a shard. As primary it answers workers once its backup, if it has one, has all that
/// they have seen; a backup repeats what its primary does. A primary that hears from its backup
/// that it has been replaced ends with kStaleIncarnation.
LocalShardActor::behavior_type shard_actor(LocalShardActor::pointer self, ShardActorConfig config);

}  // namespace dk
