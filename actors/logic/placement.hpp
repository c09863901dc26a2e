// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/ids.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace dk {

/// Consecutive ranges of the flat parameter vector, each within 16 floats of the mean size: every
/// shard starts on a cache line (a multiple of 16 floats, 64 bytes).
struct ShardRange {
  ShardId shard;
  std::uint64_t offset = 0;  ///< floats
  std::uint64_t count = 0;   ///< floats
};
/// `shards` > 0; fewer ranges come back when there are fewer than 16 parameters for each, none when
/// there are no parameters.
[[nodiscard]] std::vector<ShardRange> cut_into_shards(std::uint64_t parameters,
                                                      std::uint32_t shards);

/// A machine that can take work now.
struct NodeCapacity {
  std::string name;
  std::uint32_t workers = 0;  ///< how many workers it may hold in all
};

/// Who lives where.
struct Placement {
  std::map<WorkerId, std::string> workers;
  std::map<ShardId, std::string> shards;
};

/// Completes a placement of shards 1..`shards` and workers 1..`workers_max`: those that stand in
/// `kept` on nodes that are still there stay; the others go, one by one, to the node with the least
/// of their kind (shards: fewest shards, then most room; workers: fewest workers relative to its
/// room; ties by name). No worker goes beyond a node's room: the result may have fewer workers than
/// the job needs, and the caller decides what that means. No nodes: everything is empty.
[[nodiscard]] Placement place(const std::vector<NodeCapacity>& nodes, const Placement& kept,
                              std::uint32_t shards, std::uint32_t workers_max);

}  // namespace dk
