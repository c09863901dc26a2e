// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/placement.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <tuple>

namespace dk {
namespace {

constexpr std::uint64_t kFloatsPerCacheLine = 16;

struct Room {
  std::uint64_t shards = 0;
  std::uint64_t workers = 0;
  std::uint64_t workers_room = 0;
};
using Rooms = std::map<std::string, Room>;

/// Beside the workers, if they are on some machines only.
bool fewer_shards(const Rooms::value_type& a, const Rooms::value_type& b) {
  return std::tuple(a.second.shards, b.second.workers_room) <
         std::tuple(b.second.shards, a.second.workers_room);
}

/// Workers relative to room; a full node comes after every other one.
bool less_loaded(const Rooms::value_type& a, const Rooms::value_type& b) {
  const bool a_full = a.second.workers == a.second.workers_room;
  const bool b_full = b.second.workers == b.second.workers_room;
  if (a_full || b_full) return !a_full;
  return a.second.workers * b.second.workers_room < b.second.workers * a.second.workers_room;
}

void place_shards(Rooms& rooms, const Placement& kept, std::uint32_t shards, Placement& result) {
  for (const auto& [shard, name] : kept.shards) {
    const auto node = rooms.find(name);
    if (node == rooms.end() || shard.value == 0 || shard.value > shards) continue;
    ++node->second.shards;
    result.shards.emplace(shard, name);
  }
  for (std::uint64_t id = 1; id <= shards; ++id) {
    const ShardId shard(static_cast<std::uint32_t>(id));
    if (result.shards.contains(shard)) continue;
    const auto node = std::min_element(rooms.begin(), rooms.end(), fewer_shards);
    ++node->second.shards;
    result.shards.emplace(shard, node->first);
  }
}

void place_workers(Rooms& rooms, const Placement& kept, std::uint32_t workers_max,
                   Placement& result) {
  for (const auto& [worker, name] : kept.workers) {
    const auto node = rooms.find(name);
    if (node == rooms.end() || worker.value == 0 || worker.value > workers_max) continue;
    if (node->second.workers == node->second.workers_room) continue;
    ++node->second.workers;
    result.workers.emplace(worker, name);
  }
  for (std::uint64_t id = 1; id <= workers_max; ++id) {
    const WorkerId worker(static_cast<std::uint32_t>(id));
    if (result.workers.contains(worker)) continue;
    const auto node = std::min_element(rooms.begin(), rooms.end(), less_loaded);
    if (node->second.workers == node->second.workers_room) return;
    ++node->second.workers;
    result.workers.emplace(worker, node->first);
  }
}

}  // namespace

std::vector<ShardRange> cut_into_shards(std::uint64_t parameters, std::uint32_t shards) {
  DK_CHECK(shards > 0, "a model is cut into at least one shard");
  if (parameters == 0) return {};
  const std::uint64_t count =
      std::clamp<std::uint64_t>(parameters / kFloatsPerCacheLine, 1, shards);
  const auto boundary = [&](std::uint64_t i) {
    if (i == count) return parameters;
    // i * parameters / count, in a form that cannot overflow
    const std::uint64_t exact = i * (parameters / count) + i * (parameters % count) / count;
    return (exact + kFloatsPerCacheLine / 2) / kFloatsPerCacheLine * kFloatsPerCacheLine;
  };
  std::vector<ShardRange> ranges;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t offset = boundary(i);
    ranges.push_back(
        {ShardId(static_cast<std::uint32_t>(i + 1)), offset, boundary(i + 1) - offset});
  }
  return ranges;
}

Placement place(const std::vector<NodeCapacity>& nodes, const Placement& kept, std::uint32_t shards,
                std::uint32_t workers_max) {
  Placement result;
  if (nodes.empty()) return result;
  Rooms rooms;
  for (const auto& node : nodes) rooms[node.name].workers_room = node.workers;
  place_shards(rooms, kept, shards, result);
  place_workers(rooms, kept, workers_max, result);
  return result;
}

}  // namespace dk
