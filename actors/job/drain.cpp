// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/error.hpp"
#include "actors/job/job_state.hpp"

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace dk {

bool JobState::draining(const std::string& name) const {
  const auto* node = find_node(name);
  return node != nullptr && node->draining;
}

caf::result<bool> JobState::drain(const std::string& node) {
  auto promise = self->make_response_promise<bool>();
  drained.emplace(node, promise);
  tell_drained();
  return promise;
}

void JobState::tell_drained() {
  // Whoever leaves, perhaps the supervisor itself, takes nothing along that is not durable
  // elsewhere.
  if (promoting()) return;
  for (auto waiter = drained.begin(); waiter != drained.end();) {
    const bool empty = std::ranges::none_of(
        executors, [&](const auto& entry) { return entry.second.node == waiter->first; });
    if (empty) flush([promise = waiter->second]() mutable { promise.deliver(true); });
    waiter = empty ? drained.erase(waiter) : std::next(waiter);
  }
}

void JobState::advance_drains() {
  std::vector<Incarnation> leaving;
  for (const auto& [incarnation, executor] : executors) {
    if (draining(executor.node)) leaving.push_back(incarnation);
  }
  for (const auto incarnation : leaving) {
    if (phase == JobPhase::kWaiting) {
      dismiss(incarnation);
    } else if (training() && executors.contains(incarnation)) {
      leave(incarnation);
    }
  }
  if (training()) shrink();
  tell_drained();
}

std::vector<WorkerId> JobState::workers_in(Incarnation executor) const {
  std::vector<WorkerId> ids;
  for (const auto& [id, worker] : workers) {
    if (worker.executor == executor) ids.push_back(id);
  }
  return ids;
}

void JobState::shrink() {
  if (reserving || busy > 0 || (cut && !cut->taken)) return;
  for (const auto& room : capacities(TimePoint::max())) {
    const auto executor = std::ranges::find_if(
        executors, [&](const auto& entry) { return entry.second.node == room.name; });
    if (executor == executors.end() || !executor->second.handle || executor->second.retiring)
      continue;
    auto ids = workers_in(executor->first);
    if (ids.size() <= room.workers) continue;
    ids.erase(ids.begin(), ids.begin() + room.workers);
    retire_workers(executor->first, ids);
  }
}

void JobState::leave(Incarnation incarnation) {
  const auto& executor = executors.at(incarnation);
  // One step at a time, and none while anything else is being put in order.
  if (!executor.handle || executor.retiring || reserving || busy > 0) return;
  if (cut && !cut->taken) return;
  if (const auto ids = workers_in(incarnation); !ids.empty())
    return retire_workers(incarnation, ids);
  if (!hosts_shards(incarnation)) return dismiss(incarnation);
  if (cut) return;
  if (can_move_shards(incarnation)) return dismiss(incarnation);
  if (capacities(TimePoint::max()).empty() && workers.empty()) stand_still();
}

void JobState::retire_workers(Incarnation incarnation, const std::vector<WorkerId>& ids) {
  auto& executor = executors.at(incarnation);
  executor.retiring = true;
  asked(incarnation);
  self->request(executor.handle, defaults::kDrainPatience, drain_atom_v, generation, ids)
      .then(
          [this, incarnation, ids, current = generation](const ExecutorHeld& left) {
            if (!answered(incarnation, current)) return;
            executors.at(incarnation).retiring = false;
            absorb(left.report);
            if (!training(current)) return;
            std::vector<std::pair<WorkerId, Incarnation>> gone;
            for (const auto& [id, worker] : workers) {
              if (worker.executor == incarnation && std::ranges::count(ids, id) > 0)
                gone.emplace_back(id, worker.incarnation);
            }
            for (const auto& [id, worker] : gone) {
              workers.erase(id);
              settle_worker(id, worker);
            }
            flush();
          },
          [this, incarnation, current = generation](const caf::error& why) {
            if (!answered(incarnation, current)) return;
            executors.at(incarnation).retiring = false;
            spdlog::warn("job {}: executor {} cannot leave yet: {}", config.job, incarnation,
                         from_caf(why).message);
          });
}

bool JobState::can_move_shards(Incarnation incarnation) {
  bool ready = true;
  const bool room = !capacities(TimePoint::max()).empty();
  for (const auto& [id, shard] : shards) {
    if (shard.executor != incarnation) continue;
    const auto& backup = shard.backup;
    if (!backup) {
      ready = false;  // fill_backups finds it a place, where there is one.
      continue;
    }
    const auto& host = executors.at(backup->executor);
    if (draining(host.node) && room) {
      drop_backup(id, fmt::format("node {} is left, too", host.node));
      return false;
    }
    ready = ready && backup->in_sync && host.handle && !draining(host.node);
  }
  return ready;
}

void JobState::stand_still() {
  const auto in_checkpoint = manifests.empty() ? 0 : manifests.front().updates_applied;
  if (in_checkpoint != ledger.blocks_done()) return start_cut();
  if (!recovery) recovery_since = now();
  roll_back(granted.admitted ? "every machine is being left" : granted.waits_for);
}

void JobState::dismiss(Incarnation incarnation) {
  const bool hosted = hosts_shards(incarnation);
  if (!recovery) recovery_since = now();
  const auto executor = end_executor(incarnation);
  if (granted.admitted)
    emit({{"event", "drained"}, {"node", executor.node}, {"incarnation", incarnation.value}});
  record_changed = true;
  if (training()) {
    if (!hosted) {
      lose_backups(incarnation);
    } else if (!promote_backups(incarnation)) {
      roll_back("a shard could not be moved");
    }
  }
  flush();
}

}  // namespace dk
