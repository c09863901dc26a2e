// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/error.hpp"
#include "actors/job/job_state.hpp"
#include "base/wall_time.hpp"

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace dk {
namespace {

constexpr int kStartAttempts = 5;

}  // namespace

void JobState::begin() {
  if (!record_is_new && supervisor_before != config.supervisor) {
    emit({{"event", "supervisor_changed"},
          {"from", supervisor_before},
          {"node", config.supervisor},
          {"term", config.supervisors.term}});
  }
  for (const auto& line : config.refused_manifests) {
    emit({{"event", "warning"}, {"message", fmt::format("checkpoint refused: {}", line)}});
  }
  if (epoch_ends.watched() && record_is_new) {
    if (auto begun = epoch_ends.begin(); !begun)
      return end("failed", fmt::format("training.callbacks: {}", begun.error().message));
  }
  if (phase == JobPhase::kReattaching) {
    // Whoever hears of a takeover has looked for a supervisor since before the election.
    reattach_until = now() + (config.supervisors.doors.size() > 1 ? defaults::kTakeoverPatience
                                                                  : defaults::kReattachPatience);
  } else if (generation || !manifests.empty() || ledger.blocks_done() > 0) {
    recovery_since = now();
    return_to_checkpoint();
  }
  flush();
  self->send(self, tick_atom_v);
}

void JobState::share_changed(const JobShare& now_mine) {
  granted = now_mine;
  nodes = granted.nodes;
  if (!granted.admitted) {
    // It leaves as it leaves machines that are drained.
    auto left = *nodes;
    for (auto& node : left) node.draining = true;
    nodes = std::make_shared<const std::vector<ClusterNode>>(std::move(left));
  }
  lose_with_machines();
  tell_use();
}

void JobState::lose_with_machines() {
  if (phase == JobPhase::kWaiting) return try_place();
  std::vector<Incarnation> lost;
  for (const auto& [incarnation, executor] : executors) {
    if (executor.handle || !executor.evidence.empty()) continue;
    const auto* node = find_node(executor.node);
    const bool there = node != nullptr && node->alive;
    // Its machine may still look for the new supervisor; one that has found it, knows who lives.
    const bool gone = phase == JobPhase::kReattaching
                          ? there && !std::ranges::count(node->info.executors, incarnation)
                          : !there;
    if (gone) lost.push_back(incarnation);
  }
  const auto* why = phase == JobPhase::kReattaching ? "ended while no supervisor was there"
                                                    : "its machine left the cluster";
  for (const auto incarnation : lost) executor_failed(incarnation, why);
}

caf::result<Attached> JobState::attach(const ExecutorHello& hello) {
  if (const auto fits = check_protocol("the executor", hello.protocol); !fits)
    return to_caf(fits.error());
  if (!hello.executor.handle)
    return to_caf({Errc::kInvalid, "an executor attached without its handle"});
  const auto found = executors.find(hello.incarnation);
  const bool known =
      found != executors.end() && phase != JobPhase::kEnded && found->second.evidence.empty();
  if (!known || (phase == JobPhase::kReattaching && hello.generation != generation)) {
    return to_caf(
        {Errc::kStaleIncarnation, fmt::format("executor {} has been replaced", hello.incarnation)});
  }
  auto& executor = found->second;
  const bool again = executor.handle != nullptr;
  if (again) self->demonitor(executor.handle.address());
  executor.pid = hello.pid;
  executor.peer = hello.executor;
  executor.handle = caf::actor_cast<ExecutorActor>(hello.executor.handle);
  self->monitor(executor.handle);
  // The answer goes out before the first assignment.
  auto promise = self->make_response_promise<Attached>();
  promise.deliver(Attached{caf::actor_cast<caf::strong_actor_ptr>(self), to_json(spec).dump(),
                           facts.samples, all_parameters(), alive_nodes(), config.supervisors});
  if (phase == JobPhase::kReattaching) {
    for (const auto& worker : hello.report.workers) {
      const auto known_worker = workers.find(worker.worker);
      if (known_worker == workers.end() || known_worker->second.incarnation != worker.incarnation)
        continue;
      known_worker->second.started = true;
      std::erase_if(memories, [&](const auto& memory) { return memory.worker == worker.worker; });
      known_worker->second.since = now();
      known_worker->second.at_work = !worker.leases.empty();
      for (const auto block : worker.leases) {
        if (block >= ledger.blocks_total()) continue;
        ledger.restore_lease(worker.worker, worker.incarnation, block, now());
      }
    }
    absorb(hello.report);
  }
  attached(hello.incarnation);
  // It has lost the link that we thought was there, and what was under way on it.
  if (again && training()) {
    if (cut && !cut->taken) abort_cut("a link was lost");
    settle_all_again();
    settle_the_rest();
  }
  return promise;
}

void JobState::attached(Incarnation incarnation) {
  const bool complete = std::ranges::all_of(executors, [](const auto& entry) {
    return entry.second.handle || !entry.second.evidence.empty();
  });
  if (phase == JobPhase::kLaunching && complete) return restore_shards();
  if (phase == JobPhase::kReattaching && complete) return reattached();
  if (!training()) return;
  start_backups(incarnation);
  start_workers(incarnation);
}

void JobState::restore_shards() {
  phase = JobPhase::kRestoring;
  restoring_since = now();
  StartShards message;
  message.generation = generation;
  if (!manifests.empty()) {
    message.place = place_of(manifests.front());
    message.updates = manifests.front().updates_applied;
  }
  for (const auto incarnation : with_shards()) {
    message.shards.clear();
    for (const auto& [id, shard] : shards) {
      if (shard.executor == incarnation)
        message.shards.push_back(assignment(id, shard.incarnation));
    }
    self->request(executors.at(incarnation).handle, defaults::kStartTimeout, start_atom_v, message)
        .then(
            [this, incarnation, current = generation](Incarnation) {
              if (generation == current && phase == JobPhase::kRestoring) shards_up(incarnation);
            },
            [this, incarnation, current = generation](const caf::error& why) {
              if (generation != current || phase != JobPhase::kRestoring) return;
              const auto error = from_caf(why);
              if (error.code != Errc::kCorrupt) return executor_failed(incarnation, error.message);
              emit({{"event", "warning"},
                    {"message", fmt::format("checkpoint refused: {}", error.message)}});
              extra.erase_manifest(config.job, manifests.front().checkpoint);
              manifests.erase(manifests.begin());
              roll_back(error.message);
            });
  }
}

void JobState::shards_up(Incarnation executor) {
  for (auto& [id, shard] : shards) shard.up = shard.up || shard.executor == executor;
  if (!std::ranges::all_of(shards, [](const auto& entry) { return entry.second.up; })) return;
  phase = JobPhase::kRunning;
  last_checkpoint = now();
  record_changed = true;
  if (recovery) {
    (*recovery)["restore_seconds"] = std::chrono::duration<double>(now() - restoring_since).count();
  }
  if (started_ms == 0) {
    started_ms = wall_ms();
    std::set<std::string> names;
    for (const auto& [id, entry] : executors) names.insert(entry.node);
    emit({{"event", "started"},
          {"nodes", names},
          {"workers", workers.size()},
          {"parameter_servers", shards.size()},
          {"samples", facts.samples},
          {"epochs", spec.epochs},
          {"parameters", facts.parameters}});
  } else if (!recovery) {
    emit({{"event", "resumed"}});
  }
  for (const auto& [id, entry] : executors) start_workers(id);
  if (!files) {
    const auto files_to_send = unwritten;
    for (const auto& file : files_to_send) send_file(file);
  }
  flush();
}

void JobState::asked(Incarnation executor) {
  ++busy;
  ++executors.at(executor).pending;
}

bool JobState::answered(Incarnation executor, Incarnation then) {
  const auto found = executors.find(executor);
  if (!training(then) || found == executors.end()) return false;
  --busy;
  --found->second.pending;
  return true;
}

void JobState::start_workers(Incarnation incarnation) {
  StartWorkers message;
  message.generation = generation;
  for (const auto& [id, worker] : workers) {
    if (worker.executor == incarnation && !worker.started)
      message.workers.push_back({id, worker.incarnation});
  }
  auto& executor = executors.at(incarnation);
  if (message.workers.empty() || !executor.handle || promoting()) return;
  executor.start_again = false;
  // They only stand for the cores that evaluate: nobody reads training data.
  if (spec.epochs == 0) return workers_up(incarnation, message.workers);
  for (const auto& [id, shard] : shards) message.shards.push_back(address(id));
  hand_out_memories(message);
  asked(incarnation);
  const auto assignments = message.workers;
  self->request(executor.handle, defaults::kStartTimeout, start_atom_v, std::move(message))
      .then(
          [this, incarnation, assignments, current = generation](Incarnation) {
            if (!answered(incarnation, current)) return;
            workers_up(incarnation, assignments);
          },
          [this, incarnation, current = generation](const caf::error& why) {
            if (!answered(incarnation, current)) return;
            const auto error = from_caf(why);
            auto& asked_executor = executors.at(incarnation);
            // A shard that it could not reach may be about to move.
            asked_executor.start_again = error.code == Errc::kUnavailable &&
                                         ++asked_executor.start_failures < kStartAttempts;
            if (!asked_executor.start_again) executor_failed(incarnation, error.message);
          });
}

void JobState::workers_up(Incarnation executor, const std::vector<WorkerAssignment>& assignments) {
  for (const auto& assignment : assignments) {
    const auto worker = workers.find(assignment.worker);
    if (worker != workers.end() && worker->second.incarnation == assignment.incarnation)
      worker->second.started = true;
    if (std::erase_if(memories,
                      [&](const auto& memory) { return memory.worker == assignment.worker; }) > 0)
      record_changed = true;
  }
  progress.started(now());
  executors.at(executor).start_failures = 0;
  if (recovery && fully_staffed()) {
    tell_recovery();
    flush();
  }
  advance_round();
}

void JobState::tell_recovery() {
  const std::chrono::duration<double> took = now() - recovery_since;
  auto event = *std::exchange(recovery, std::nullopt);
  event["workers"] = workers.size();
  event["shards"] = shards.size();
  event["seconds"] = took.count();
  emit(std::move(event));
}

void JobState::end(const std::string& final_state, const std::string& why) {
  if (phase == JobPhase::kEnded) return;
  cut.reset();
  round.reset();
  drop_evaluation();
  phase = JobPhase::kEnded;
  state = final_state;
  reason = why;
  ended_ms = wall_ms();
  emit_epochs();
  if (recovery) tell_recovery();
  for (const auto& [incarnation, executor] : executors) {
    if (executor.handle) self->send(executor.handle, kill_atom_v);
    if (!executor.handle) kill_process(incarnation, executor.node);
  }
  emit(outcome());
  last_event_told = true;
  record_changed = true;
  flush([this] {
    if (files) self->send_exit(files, caf::exit_reason::user_shutdown);
    for (auto& promise : cancelled) promise.deliver(true);
    for (auto& [node, promise] : drained) promise.deliver(true);
    self->quit();
  });
}

void JobState::tick() {
  if (phase == JobPhase::kEnded) return;
  self->delayed_send(self, defaults::kTick, tick_atom_v);
  tell_use();
  const auto time = now();
  advance_drains();
  if (phase == JobPhase::kWaiting) return try_place();
  if (phase == JobPhase::kReattaching) {
    if (time >= reattach_until) reattached();
    return;
  }
  std::vector<Incarnation> late;
  for (const auto& [incarnation, executor] : executors) {
    if (!executor.handle && executor.launched != TimePoint{} &&
        time - executor.launched > defaults::kAttachTimeout) {
      late.push_back(incarnation);
    }
  }
  for (const auto incarnation : late) executor_failed(incarnation, "started, but did not attach");
  if (!training()) return;
  if (time - std::exchange(last_tick, time) > defaults::kLateTick) {
    // We stood still, not they.
    for (const auto& [id, worker] : workers) ledger.renew(id, worker.incarnation, time);
  }
  check_leases();
  if (!training() || (workers.empty() && fail_without_machines())) return;
  check_minimum();
  replace_slow_worker();
  settle_the_rest();
  if (std::exchange(promotion_refused, false)) reserve_promotions();
  for (const auto& [incarnation, executor] : executors) {
    if (executor.start_again) start_workers(incarnation);
  }
  if (!training()) return;
  // Before the next cut: while one is made, nobody is taken in.
  fill_workers();
  fill_backups();
  if (cut && time - cut->since > defaults::kStartTimeout)
    abort_cut("its chunks were not written in time");
  advance_round();
  advance_epochs();
  tick_evaluation();
  if (!training()) return;
  if (phase == JobPhase::kRunning && cut_due() && !ledger.finished()) start_cut();
  finish_if_done();
  if (phase == JobPhase::kEvaluating) conclude();
  if (recovery && busy == 0 && fully_staffed()) {
    tell_recovery();
    flush();
  }
  if (time - last_progress >= progress_every(time - born) && phase == JobPhase::kRunning)
    emit_progress();
}

}  // namespace dk
