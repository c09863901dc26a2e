// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/error.hpp"
#include "actors/job/job_state.hpp"

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace dk {

std::vector<ShardRange> JobState::shard_ranges() const {
  // Each member of an ensemble has shards of its own.
  const auto members = algorithm->members();
  std::vector<ShardRange> ranges;
  for (std::uint32_t member = 0; member < members; ++member) {
    for (auto range : cut_into_shards(facts.parameters, spec.parameter_servers)) {
      range.shard = ShardId(static_cast<std::uint32_t>(ranges.size() + 1));
      range.offset += member * facts.parameters;
      ranges.push_back(range);
    }
  }
  return ranges;
}

std::uint32_t JobState::shards_wanted() const {
  return static_cast<std::uint32_t>(shard_ranges().size());
}

std::vector<NodeCapacity> JobState::capacities(TimePoint when) const {
  std::vector<NodeCapacity> result;
  for (const auto& node : *nodes) {
    if (!node.alive || node.draining || !policy.usable(node.info.name) ||
        policy.ready_at(node.info.name) > when)
      continue;
    // Inside one process (`run --local`) no other machine is to be waited for: there is room for
    // what the job needs.
    const bool in_process = nodes->size() == 1 && node.info.agent.host.empty();
    const auto mine = granted.cores.find(node.info.name);
    const auto cores = mine == granted.cores.end() ? 0 : mine->second;
    result.push_back({node.info.name, in_process ? std::max(node.info.cores, workers_needed())
                                                 : cores / spec.threads});
  }
  return result;
}

std::string JobState::lacking(std::size_t room) const {
  if (!granted.admitted && !granted.waits_for.empty()) return granted.waits_for;
  return fmt::format("waiting for machines: room for {} workers, at least {} wanted", room,
                     workers_needed());
}

CoresByNode JobState::cores_used() const {
  CoresByNode cores;
  for (const auto& [id, worker] : workers) {
    // Workers of one that is lost stay in the list until its shards are somewhere else.
    const auto executor = executors.find(worker.executor);
    if (executor != executors.end()) cores[executor->second.node] += spec.threads;
  }
  return cores;
}

void JobState::tell_use() {
  JobUse now_used{config.job, granted.number, cores_used(), {}};
  for (const auto& [node, cores] : durable_use)
    now_used.cores[node] = std::max(now_used.cores[node], cores);
  for (const auto& node : *nodes) {
    if (!policy.usable(node.info.name)) now_used.refused.insert(node.info.name);
  }
  if (now_used == used) return;
  used = std::move(now_used);
  self->send(config.queue, put_atom_v, used);
}

void JobState::try_place() {
  const bool told = granted.number > 0;
  if (phase != JobPhase::kWaiting || reserving || !told) return;
  if (fail_without_machines()) return;
  const auto room = [&](TimePoint when) {
    return place(capacities(when), {}, shards_wanted(), spec.workers_max);
  };
  const auto placed = room(now());
  if (placed.workers.size() < workers_needed()) {
    // A backoff passes by itself and is nothing to tell anybody.
    if (room(TimePoint::max()).workers.size() >= workers_needed()) return flush();
    const auto why = lacking(placed.workers.size());
    if (started_ms != 0 && state != "paused") {
      state = "paused";
      emit({{"event", "paused"}, {"reason", why}});
    }
    reason = why;
    return flush();
  }
  reserving = true;
  const std::uint64_t needed = 1 + nodes->size() + shards_wanted() + spec.workers_max;
  self->request(config.journal, defaults::kControlTimeout, get_atom_v, needed)
      .then(
          [this, placed, number = granted.number](Incarnation first) {
            reserving = false;
            if (phase != JobPhase::kWaiting) return;
            number == granted.number ? begin_generation(first, placed) : try_place();
          },
          [this](const caf::error& why) {
            reserving = false;
            spdlog::error("job {}: no incarnations: {}", config.job, from_caf(why).message);
          });
}

void JobState::begin_generation(Incarnation first, const Placement& placed) {
  auto next = first;
  const auto fresh = [&next] { return std::exchange(next, Incarnation(next.value + 1)); };
  generation = fresh();
  std::map<std::string, Incarnation> by_node;
  for (auto& [incarnation, executor] : executors) by_node[executor.node] = incarnation;
  std::set<Incarnation> needed;
  std::vector<Incarnation> to_launch;
  const auto executor_on = [&](const std::string& node) {
    auto [entry, inserted] = by_node.try_emplace(node);
    if (inserted) {
      entry->second = fresh();
      executors[entry->second].node = node;
      to_launch.push_back(entry->second);
    }
    needed.insert(entry->second);
    return entry->second;
  };
  shards.clear();
  workers.clear();
  recall_memories();
  stepped = false;
  for (const auto& range : shard_ranges()) {
    shards[range.shard] = {fresh(), executor_on(placed.shards.at(range.shard)), range.offset,
                           range.count, false};
  }
  for (const auto& [id, node] : placed.workers)
    workers[id] = {fresh(), executor_on(node), false, 0};
  for (auto executor = executors.begin(); executor != executors.end();) {
    if (needed.contains(executor->first)) {
      ++executor;
      continue;
    }
    self->send(executor->second.handle, kill_atom_v);
    executor = executors.erase(executor);
  }
  phase = JobPhase::kLaunching;
  state = "running";
  progress.interrupted();
  reason.clear();
  record_changed = true;
  flush([this, to_launch, current = generation] {
    if (generation != current) return;
    for (const auto executor : to_launch) {
      if (executors.contains(executor)) launch(executor);
    }
    if (to_launch.empty() && phase == JobPhase::kLaunching) restore_shards();
  });
}

void JobState::launch(Incarnation incarnation) {
  auto& executor = executors.at(incarnation);
  executor.launched = now();
  const auto* node = find_node(executor.node);
  if (node == nullptr || !node->alive)
    return executor_failed(incarnation, "its machine left the cluster");
  self->request(caf::actor_cast<NodeAgentActor>(node->info.agent.handle), defaults::kControlTimeout,
                launch_atom_v, ExecutorLaunch{config.job, incarnation, config.supervisors.term})
      .then(
          [this, incarnation](std::uint32_t pid) {
            if (const auto found = executors.find(incarnation); found != executors.end())
              found->second.pid = pid;
          },
          [this, incarnation](const caf::error& why) {
            executor_failed(incarnation,
                            fmt::format("could not be started: {}", from_caf(why).message));
          });
}

bool JobState::fully_staffed() const {
  // Workers of the lost executor are in the list until then.
  if (promoting()) return false;
  const auto wanted = place(capacities(TimePoint::max()), placement(),
                            static_cast<std::uint32_t>(shards.size()), spec.workers_max);
  return workers.size() >= wanted.workers.size() &&
         std::ranges::all_of(workers, [](const auto& entry) { return entry.second.started; });
}

void JobState::fill_workers() {
  const bool held = cut && !cut->taken;
  if (!training() || reserving || held || busy > 0 || workers.size() >= spec.workers_max) return;
  const auto placed = place(capacities(now()), placement(),
                            static_cast<std::uint32_t>(shards.size()), spec.workers_max);
  std::map<WorkerId, std::string> missing;
  for (const auto& [id, node] : placed.workers) {
    if (!workers.contains(id)) missing[id] = node;
  }
  if (missing.empty()) return;
  reserving = true;
  self->request(config.journal, defaults::kControlTimeout, get_atom_v,
                std::uint64_t{2 * missing.size()})
      .then(
          [this, missing, current = generation, number = granted.number](Incarnation next) {
            reserving = false;
            if (generation != current || !training() || number != granted.number) return;
            std::vector<Incarnation> to_launch;
            for (const auto& entry : missing) {
              const auto id = entry.first;
              const auto& node = entry.second;
              auto executor = std::ranges::find_if(
                  executors, [&](const auto& e) { return e.second.node == node; });
              if (executor == executors.end()) {
                executor = executors.try_emplace(next).first;
                executor->second.node = node;
                to_launch.push_back(next);
                ++next.value;
              }
              workers[id] = {next, executor->first, false, 0};
              ++next.value;
            }
            record_changed = true;
            flush([this, to_launch, current] {
              for (const auto incarnation : to_launch) {
                if (training(current) && executors.contains(incarnation)) launch(incarnation);
              }
              if (!training(current)) return;
              for (const auto& [incarnation, executor] : executors) start_workers(incarnation);
            });
          },
          [this](const caf::error&) { reserving = false; });
}

}  // namespace dk
