// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/strong_id.hpp"

namespace dk {

/// One submitted job; counted up from 1 by a supervisor and never used again.
using JobId = StrongId<struct JobTag, std::uint64_t>;
/// One start of a node agent, executor, worker or shard. Durable before it is handed out; only
/// grows, over the whole cluster.
using Incarnation = StrongId<struct IncarnationTag, std::uint64_t>;
/// A worker's place in its job (1, 2, ...), kept when the worker is restarted; its incarnation
/// changes then.
using WorkerId = StrongId<struct WorkerTag, std::uint32_t>;
/// A parameter-server shard's place in its job (1, 2, ...).
using ShardId = StrongId<struct ShardTag, std::uint32_t>;
/// One checkpoint of a job; grows.
using CheckpointId = StrongId<struct CheckpointTag, std::uint64_t>;

}  // namespace dk
