// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/ids.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace dk {

/// Equal consecutive ranges of the flat parameter vector: sizes differ by at most one float's worth
/// of rounding to 16 floats (64 bytes), so that every shard starts on a cache line.
struct ShardRange {
  ShardId shard;
  std::uint64_t offset = 0;  ///< floats
  std::uint64_t count = 0;   ///< floats
};
/// `shards` > 0; fewer ranges come back when there are fewer than 16 parameters for each.
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

/// Completes a placement: shards and workers that stand in `kept` on nodes that are still there
/// stay; the others go, one by one, to the node with the least of their kind (shards: fewest
/// shards; workers: fewest workers relative to its room; ties by name). At most `workers_max`
/// workers, none beyond a node's room. The result may have fewer than `workers_min` workers: the
/// caller decides what that means. No nodes: everything is empty.
[[nodiscard]] Placement place(const std::vector<NodeCapacity>& nodes, const Placement& kept,
                              std::uint32_t shards, std::uint32_t workers_max);

}  // namespace dk
