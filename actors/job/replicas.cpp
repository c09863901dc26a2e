// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/statistics.hpp"
#include "actors/error.hpp"
#include "actors/job/job_state.hpp"
#include "actors/mutant.hpp"

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace dk {

ShardAssignment JobState::assignment(ShardId id, Incarnation incarnation) const {
  const auto& shard = shards.at(id);
  const auto learning = statistics::learning_count(*algorithm, facts.trainable, all_parameters());
  return {id, incarnation, shard.offset, shard.count, learning - std::min(learning, shard.offset)};
}

ShardAddress JobState::address(ShardId id) const {
  const auto& shard = shards.at(id);
  return {id, shard.incarnation, shard.offset, shard.count, executors.at(shard.executor).peer};
}

bool JobState::promoting() const {
  return std::ranges::any_of(shards,
                             [](const auto& entry) { return bool(entry.second.promoted_from); });
}

bool JobState::replicated() const {
  return std::ranges::all_of(shards, [](const auto& entry) {
    return entry.second.backup && entry.second.backup->in_sync;
  });
}

// -- backups come ------------------------------------------------------------------------

void JobState::fill_backups() {
  if (phase != JobPhase::kRunning || reserving || busy > 0) return;
  const auto nodes_now = capacities(now());
  std::map<std::string, std::size_t> load;
  for (const auto& node : nodes_now) load[node.name] = 0;
  std::set<std::string> hosting;
  for (const auto& [incarnation, executor] : executors) {
    // One that has not attached yet will have a place later.
    if (executor.handle) {
      hosting.insert(executor.node);
    } else {
      load.erase(executor.node);
    }
  }
  for (const auto& [id, shard] : shards) {
    ++load[executors.at(shard.executor).node];
    if (shard.backup) ++load[executors.at(shard.backup->executor).node];
  }
  std::map<ShardId, std::string> places;
  for (const auto& [id, shard] : shards) {
    const auto& own = executors.at(shard.executor).node;
    // A shard moves by way of a backup.
    if (shard.backup || (spec.replicas < 2 && !draining(own))) continue;
    const std::string* best = nullptr;
    const auto cost = [&](const std::string& node) {
      return std::pair(!hosting.contains(node), load.at(node));
    };
    for (const auto& node : nodes_now) {
      if (node.name == own || !load.contains(node.name)) continue;
      if (best == nullptr || cost(node.name) < cost(*best)) best = &load.find(node.name)->first;
    }
    if (best == nullptr) continue;
    ++load[*best];
    places[id] = *best;
  }
  if (places.empty()) return;
  reserving = true;
  self->request(config.journal, defaults::kControlTimeout, get_atom_v,
                std::uint64_t{2 * places.size()})
      .then(
          [this, places, current = generation](Incarnation first) {
            reserving = false;
            if (training(current) && !promoting()) place_backups(places, first);
          },
          [this](const caf::error&) { reserving = false; });
}

void JobState::place_backups(const std::map<ShardId, std::string>& places, Incarnation first) {
  const auto fresh = [&first] { return std::exchange(first, Incarnation(first.value + 1)); };
  std::set<Incarnation> chosen;
  std::vector<Incarnation> to_launch;
  for (const auto& [id, node] : places) {
    const auto shard = shards.find(id);
    if (shard == shards.end() || shard->second.backup) continue;
    if (executors.at(shard->second.executor).node == node) continue;
    auto executor = std::ranges::find_if(
        executors, [&wanted = node](const auto& e) { return e.second.node == wanted; });
    if (executor == executors.end()) {
      executor = executors.try_emplace(fresh()).first;
      executor->second.node = node;
      to_launch.push_back(executor->first);
    }
    shard->second.backup = {fresh(), executor->first, false};
    chosen.insert(executor->first);
  }
  replicas_told = false;
  record_changed = true;
  flush([this, chosen, to_launch, current = generation] {
    if (!training(current)) return;
    for (const auto executor : to_launch) {
      if (executors.contains(executor)) launch(executor);
    }
    for (const auto executor : chosen) start_backups(executor);
  });
}

void JobState::start_backups(Incarnation incarnation) {
  const auto executor = executors.find(incarnation);
  if (executor == executors.end() || !executor->second.handle) return;
  StartBackups message{generation, {}};
  for (const auto& [id, shard] : shards) {
    if (shard.backup && shard.backup->executor == incarnation)
      message.shards.push_back(assignment(id, shard.backup->incarnation));
    // One that is about to be promoted must outlive this order, too.
    if (shard.promoted_from && shard.executor == incarnation)
      message.shards.push_back(assignment(id, shard.promoted_from));
  }
  const auto still = [this](const ShardAssignment& started) {
    const auto shard = shards.find(started.shard);
    return shard != shards.end() && shard->second.backup &&
           shard->second.backup->incarnation == started.incarnation;
  };
  const auto started = message.shards;
  self->request(executor->second.handle, defaults::kControlTimeout, start_atom_v,
                std::move(message))
      .then(
          [this, started, still, current = generation](Incarnation) {
            if (!training(current)) return;
            for (const auto& backup : started) {
              if (still(backup)) replicate(backup.shard);
            }
          },
          [this, started, still, current = generation](const caf::error& why) {
            if (!training(current)) return;
            for (const auto& backup : started) {
              if (still(backup)) drop_backup(backup.shard, from_caf(why).message);
            }
          });
}

void JobState::replicate(ShardId id) {
  const auto shard = shards.find(id);
  if (shard == shards.end() || shard->second.promoted_from) return;
  const auto executor = executors.find(shard->second.executor);
  if (executor == executors.end() || !executor->second.handle) return;
  Replicate message{generation, id, shard->second.incarnation, {}, {}};
  if (const auto& backup = shard->second.backup) {
    message.backup = backup->incarnation;
    message.executor = executors.at(backup->executor).peer;
    if (!executors.at(backup->executor).handle) return;
  }
  self->request(executor->second.handle, defaults::kControlTimeout, replicate_atom_v, message)
      .then([](ShardId) {},
            [this, message](const caf::error& why) {
              const auto now_shard = shards.find(message.shard);
              if (!training(message.generation) || now_shard == shards.end()) return;
              const auto& current = now_shard->second;
              const auto backup = current.backup ? current.backup->incarnation : Incarnation();
              if (current.incarnation != message.primary || backup != message.backup) return;
              // Its workers wait for this.
              if (why == caf::sec::request_timeout) return replicate(message.shard);
              spdlog::debug("job {}: shard {}: {}", config.job, message.shard,
                            from_caf(why).message);
            });
}

void JobState::absorb_replicas(const WorkReport& report) {
  for (const auto& status : report.replicas) {
    const auto found = shards.find(status.shard);
    if (found == shards.end()) continue;
    auto& shard = found->second;
    if (shard.incarnation != status.primary || shard.executor != report.executor ||
        shard.promoted_from || !shard.backup || shard.backup->incarnation != status.backup) {
      continue;
    }
    if (status.lost) {
      drop_backup(status.shard, "it cannot be reached, or cannot follow");
    } else if (status.in_sync && !shard.backup->in_sync) {
      shard.backup->in_sync = true;
      record_changed = true;
    }
  }
  if (replicas_told || shards.empty() || !replicated()) return;
  replicas_told = true;
  emit({{"event", "replicated"}, {"shards", shards.size()}});
}

// -- backups go --------------------------------------------------------------------------

void JobState::drop_backup(ShardId id, const std::string& why) {
  drop_backups({id}, why);
}

void JobState::lose_backups(Incarnation executor) {
  std::vector<ShardId> lost;
  for (const auto& [id, shard] : shards) {
    if (shard.backup && shard.backup->executor == executor) lost.push_back(id);
  }
  drop_backups(lost, fmt::format("executor {} is lost", executor));
}

void JobState::drop_backups(const std::vector<ShardId>& ids, const std::string& why) {
  std::set<Incarnation> held_by;
  for (const auto id : ids) {
    auto& backup = shards.at(id).backup;
    if (!backup) continue;
    spdlog::info("job {}: shard {} has no backup any more: {}", config.job, id, why);
    held_by.insert(backup->executor);
    backup.reset();
  }
  if (held_by.empty()) return;
  replicas_told = false;
  record_changed = true;
  // From its being durable on, none of them is ever promoted: the primaries may answer alone, and
  // whoever still holds one may let it go.
  flush([this, ids, held_by, current = generation] {
    if (!training(current)) return;
    for (const auto id : ids) replicate(id);
    for (const auto executor : held_by) start_backups(executor);
  });
}

bool JobState::promote_backups(Incarnation lost) {
  for (const auto& [id, shard] : shards) {
    if (shard.executor != lost) continue;
    if (shard.promoted_from || !shard.backup) return false;
    if (!shard.backup->in_sync && !mutated(Mutant::kPromoteUnsynced)) return false;
    if (!executors.at(shard.backup->executor).handle) return false;
  }
  if (!recovery) recovery = {{"event", "recovery"}, {"updates_lost", 0}};
  (*recovery)["action"] = "promoted";
  lost_with_shards.insert(lost);
  settle_all_again();
  for (auto& [id, shard] : shards) {
    if (shard.executor != lost) continue;
    shard.promoted_from = shard.backup->incarnation;
    shard.promotion_reserved = false;
    shard.executor = shard.backup->executor;
    shard.backup.reset();
    shard.up = false;
  }
  replicas_told = false;
  record_changed = true;
  lose_backups(lost);
  if (cut) abort_cut("a shard was lost");
  reserve_promotions();
  return true;
}

void JobState::reserve_promotions() {
  if (!promoting()) return;
  if (!std::exchange(promotion_busy, true)) ++busy;
  std::vector<ShardId> unreserved;
  std::vector<ShardId> reserved;
  for (const auto& [id, shard] : shards) {
    if (shard.promoted_from) (shard.promotion_reserved ? reserved : unreserved).push_back(id);
  }
  // Their incarnations may not be durable yet.
  if (!reserved.empty()) ask_to_promote_once_durable(reserved);
  if (unreserved.empty()) return;
  self->request(config.journal, defaults::kControlTimeout, get_atom_v,
                std::uint64_t{unreserved.size()})
      .then(
          [this, unreserved, current = generation](Incarnation next) {
            if (!training(current)) return;
            for (const auto id : unreserved) {
              auto& shard = shards.at(id);
              if (!shard.promoted_from || shard.promotion_reserved) continue;
              shard.incarnation = std::exchange(next, Incarnation(next.value + 1));
              shard.promotion_reserved = true;
            }
            record_changed = true;
            ask_to_promote_once_durable(unreserved);
          },
          [this, current = generation](const caf::error& why) {
            if (!training(current)) return;
            // A full disk is no reason to lose what the backups have.
            spdlog::warn("job {}: no incarnations: {}", config.job, from_caf(why).message);
            promotion_refused = true;
          });
}

void JobState::ask_to_promote_once_durable(const std::vector<ShardId>& ids) {
  const auto ask = [this, ids, current = generation] {
    if (!training(current)) return;
    for (const auto id : ids) ask_to_promote(id);
  };
  if (mutated(Mutant::kPromoteBeforeDurable)) return ask();
  flush(ask);
}

void JobState::ask_to_promote(ShardId id) {
  const auto& shard = shards.at(id);
  const auto executor = executors.find(shard.executor);
  if (!shard.promoted_from || executor == executors.end() || !executor->second.handle) return;
  const Promote message{generation, id, shard.promoted_from, shard.incarnation};
  self->request(executor->second.handle, defaults::kControlTimeout, promote_atom_v, message)
      .then(
          [this, message](ShardId promoted_id) {
            if (!training(message.generation)) return;
            auto& up = shards.at(promoted_id);
            if (up.incarnation != message.primary || !up.promoted_from) return;
            up.promoted_from = {};
            up.up = true;
            moved.insert(promoted_id);
            record_changed = true;
            if (!promoting()) promoted();
          },
          [this, message](const caf::error& why) {
            if (!training(message.generation)) return;
            if (shards.at(message.shard).incarnation != message.primary) return;
            if (why == caf::sec::request_timeout) return ask_to_promote(message.shard);
            const auto error = from_caf(why);
            // Its executor is gone, which is about to be noticed.
            if (error.code == Errc::kUnavailable) return;
            roll_back(fmt::format("the backup of shard {} could not take over: {}", message.shard,
                                  error.message));
          });
}

void JobState::promoted() {
  if (std::exchange(promotion_busy, false)) --busy;
  closing_sent = false;
  program_sent = false;
  for (const auto id : std::exchange(moved, {})) {
    for (const auto& [incarnation, executor] : executors) tell_moved(incarnation, id);
  }
  for (const auto lost : std::exchange(lost_with_shards, {})) {
    if (training()) lose_workers(lost);
  }
  if (!training()) return;
  for (const auto& [incarnation, executor] : executors) start_workers(incarnation);
  flush();
  settle_the_rest();
  advance_round();
}

void JobState::tell_moved(Incarnation incarnation, ShardId id) {
  const auto executor = executors.find(incarnation);
  if (executor == executors.end() || !executor->second.handle) return;
  const ShardMoved message{generation, address(id)};
  self->request(executor->second.handle, defaults::kControlTimeout, shard_atom_v, message)
      .then([](ShardId) {},
            [this, incarnation, message](const caf::error& why) {
              if (!training(message.generation) || why != caf::sec::request_timeout) return;
              if (shards.at(message.shard.shard).incarnation == message.shard.incarnation)
                tell_moved(incarnation, message.shard.shard);
            });
}

}  // namespace dk
