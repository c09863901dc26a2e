// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/job/job_state.hpp"

#include <algorithm>
#include <set>

namespace dk {

void JobState::place_memories() {
  // Behind the flat vector and the shards' slots.
  cut->floats = all_parameters() * (1 + algorithm->shard_slots());
  std::ranges::sort(cut->memories, {}, &MemoryPlace::worker);
  for (auto& memory : cut->memories) {
    memory.offset = cut->floats;
    cut->floats += memory.count;
  }
}

std::vector<MemoryPlace> JobState::memories_in(Incarnation executor) const {
  std::vector<MemoryPlace> here;
  for (const auto& memory : cut->memories) {
    const auto worker = workers.find(memory.worker);
    if (worker != workers.end() && worker->second.executor == executor) here.push_back(memory);
  }
  return here;
}

void JobState::recall_memories() {
  memories.clear();
  if (manifests.empty()) return;
  const auto known = memories_at.find(manifests.front().checkpoint);
  if (known == memories_at.end()) return;
  memories = known->second;
  memories_from = known->first;
}

void JobState::hand_out_memories(StartWorkers& message) const {
  const auto* manifest = memories.empty() ? nullptr : find_manifest(memories_from);
  if (manifest == nullptr) return;
  for (const auto& memory : memories) {
    if (std::ranges::find(message.workers, memory.worker, &WorkerAssignment::worker) !=
        message.workers.end())
      message.memories.push_back(memory);
  }
  if (!message.memories.empty()) message.place = place_of(*manifest);
}

nlohmann::json JobState::memories_to_json() const {
  auto waiting = nlohmann::json::array();
  for (const auto& memory : memories) waiting.push_back(memory.worker.value);
  auto json = nlohmann::json::array();
  for (const auto& [checkpoint, places] : memories_at) {
    auto list = nlohmann::json::array();
    for (const auto& place : places)
      list.push_back(nlohmann::json::array({place.worker.value, place.offset, place.count}));
    json.push_back(nlohmann::json::array({checkpoint.value, std::move(list)}));
  }
  return {{"at", std::move(json)}, {"from", memories_from.value}, {"waiting", std::move(waiting)}};
}

void JobState::restore_memories(const nlohmann::json& json) {
  for (const auto& entry : json.at("at")) {
    auto& places = memories_at[CheckpointId(entry.at(0).get<std::uint64_t>())];
    for (const auto& place : entry.at(1)) {
      places.push_back({WorkerId(place.at(0).get<std::uint32_t>()),
                        {},
                        0,
                        place.at(1).get<std::uint64_t>(),
                        place.at(2).get<std::uint64_t>()});
    }
  }
  memories_from = CheckpointId(json.at("from").get<std::uint64_t>());
  const auto known = memories_at.find(memories_from);
  if (known == memories_at.end()) return;
  std::set<std::uint32_t> waiting;
  for (const auto& worker : json.at("waiting")) waiting.insert(worker.get<std::uint32_t>());
  for (const auto& place : known->second) {
    if (waiting.contains(place.worker.value)) memories.push_back(place);
  }
}

}  // namespace dk
