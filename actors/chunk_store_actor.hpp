// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/protocol.hpp"
#include "storage/chunk_store.hpp"

#include <memory>

namespace dk {

/// A node's chunk store behind messages. Blocks on the disk: spawn it with `spawn_blocking`. `drop`
/// of a checkpoint drops the older ones of the job too, so that a node which was away catches up.
ChunkStoreActor::behavior_type chunk_store_actor(ChunkStoreActor::pointer self,
                                                 std::shared_ptr<storage::ChunkStore> store);

}  // namespace dk
