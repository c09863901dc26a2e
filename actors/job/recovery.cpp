// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/error.hpp"
#include "actors/gather.hpp"
#include "actors/job/job_state.hpp"
#include "actors/last_words.hpp"
#include "actors/mutant.hpp"

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace dk {

namespace {

/// To be asked for again: who is gone is found out, and its backup asked in its place; who stands
/// still, too.
bool passes(const caf::error& why) {
  return why == caf::sec::request_timeout || from_caf(why).code == Errc::kUnavailable;
}

}  // namespace

void JobState::link_lost(const caf::down_msg& message) {
  for (const auto& [incarnation, executor] : executors) {
    if (!executor.handle || message.source != executor.handle.address()) continue;
    // waitpid, by way of the node agent, usually has the better reason; it gets a moment to say it.
    self->delayed_send(self, defaults::kEvidenceWait, failure_atom_v, incarnation,
                       fmt::format("link lost ({})", from_caf(message.reason).message));
    return;
  }
}

void JobState::executor_failed(Incarnation incarnation, const std::string& evidence) {
  const auto found = executors.find(incarnation);
  if (found == executors.end() || phase == JobPhase::kEnded) return;
  if (phase == JobPhase::kReattaching) {
    // Settled with the others once everybody has had the time to come back.
    found->second.evidence = evidence;
    found->second.handle = nullptr;
    return attached(incarnation);
  }
  const auto [why, log] = LastWords::split(evidence);
  const auto executor = end_executor(incarnation);
  std::vector<std::uint32_t> lost_workers;
  std::vector<std::uint32_t> lost_shards;
  for (const auto& [id, worker] : workers) {
    if (worker.executor == incarnation) lost_workers.push_back(id.value);
  }
  for (const auto& [id, shard] : shards) {
    if (shard.executor == incarnation) lost_shards.push_back(id.value);
  }
  emit({{"event", "failure"},
        {"what", "executor"},
        {"node", executor.node},
        {"incarnation", incarnation.value},
        {"pid", executor.pid},
        {"workers", lost_workers},
        {"shards", lost_shards},
        {"reason", why},
        {"log", log}});
  if (first_cause.empty()) first_cause = fmt::format("node {}: {}", executor.node, why);
  ++restarts;
  record_changed = true;
  if (!recovery) recovery_since = now();
  if (policy.failed(executor.node, now()).action == RestartPolicy::Decision::Action::kElsewhere) {
    emit({{"event", "warning"},
          {"message",
           fmt::format("node {} has used up its restarts and is left out", executor.node)}});
  }
  // Nothing becomes durable in between: a record without the executor has no shard on it either.
  if (phase == JobPhase::kStopping) {
    stopping.erase(incarnation);
    if (stopping.empty()) return_to_checkpoint();
  } else if (!training()) {
    roll_back(why);
  } else if (!lost_shards.empty()) {
    if (!promote_backups(incarnation)) roll_back(why);
  } else {
    lose_backups(incarnation);
    if (promoting()) {
      lost_with_shards.insert(incarnation);
    } else {
      lose_workers(incarnation);
    }
  }
  flush();
}

JobExecutor JobState::end_executor(Incarnation incarnation) {
  auto executor = std::move(executors.extract(incarnation).mapped());
  if (executor.handle) {
    self->demonitor(executor.handle.address());
    self->send(executor.handle, kill_atom_v);
  }
  kill_process(incarnation, executor.node);
  duplicates_before += executor.duplicates;
  lose_evaluator(incarnation);
  busy -= executor.pending;
  return executor;
}

void JobState::kill_process(Incarnation incarnation, const std::string& name) {
  const auto* node = find_node(name);
  if (node == nullptr || !node->alive) return;
  self->send(caf::actor_cast<NodeAgentActor>(node->info.agent.handle), kill_atom_v, incarnation,
             config.supervisors.term);
}

void JobState::lose_workers(Incarnation incarnation) {
  if (cut && (!cut->taken || cut->writing.contains(incarnation))) abort_cut("a worker was lost");
  if (!recovery)
    recovery = {{"event", "recovery"}, {"action", "worker_restarted"}, {"updates_lost", 0}};
  std::vector<std::pair<WorkerId, Incarnation>> lost;
  for (const auto& [id, worker] : workers) {
    if (worker.executor == incarnation) lost.emplace_back(id, worker.incarnation);
  }
  for (const auto& [id, worker] : lost) {
    workers.erase(id);
    settle_worker(id, worker);
    if (!training()) return;
  }
}

void JobState::settle_worker(WorkerId worker, Incarnation incarnation) {
  ++busy;
  unsettled.emplace(worker, incarnation);
  record_changed = true;
  if (promoting()) return settle_later(worker, incarnation);
  ask_to_settle(worker, incarnation);
}

void JobState::settle_later(WorkerId worker, Incarnation incarnation) {
  to_settle.emplace_back(worker, incarnation);
}

void JobState::settle_all_again() {
  // Who died may have been asked, and a request to the dead gets no answer.
  ++settlements;
  to_settle.assign(unsettled.begin(), unsettled.end());
}

void JobState::settle_the_rest() {
  if (promoting()) return;
  for (const auto& [worker, incarnation] : std::exchange(to_settle, {})) {
    if (training()) ask_to_settle(worker, incarnation);
  }
}

void JobState::ask_to_settle(WorkerId worker, Incarnation incarnation) {
  const auto executors_with_shards = with_shards();
  auto all = Gather<std::vector<Fenced>>::of(
      executors_with_shards.size(),
      [this, worker, incarnation, current = generation,
       asked = settlements](const std::vector<std::vector<Fenced>>& answers) {
        if (!training(current) || asked != settlements) return;
        std::vector<Fenced> flat;
        for (const auto& some : answers) flat.insert(flat.end(), some.begin(), some.end());
        settled(worker, incarnation, flat);
      },
      [this, worker, incarnation, current = generation,
       asked = settlements](const caf::error& why) {
        if (!training(current) || asked != settlements) return;
        if (passes(why)) return settle_later(worker, incarnation);
        roll_back(
            fmt::format("a lost worker's commits could not be settled: {}", from_caf(why).message));
      });
  for (const auto executor : executors_with_shards) {
    self->request(executors.at(executor).handle, defaults::kControlTimeout, fence_atom_v, worker,
                  incarnation)
        .then(all->value(), all->error());
  }
}

void JobState::settled(WorkerId worker, Incarnation incarnation,
                       const std::vector<Fenced>& answers) {
  std::map<ShardId, WorkerCommits> by_shard;
  std::size_t expected = 0;
  for (const auto& [id, shard] : shards) expected += member_of(shard) == member_of(worker) ? 1 : 0;
  for (const auto& fenced : answers) {
    const auto shard = shards.find(fenced.shard);
    if (shard == shards.end() || member_of(shard->second) != member_of(worker)) continue;
    WorkerCommits commits{worker, incarnation, fenced.complete, fenced.partial_parts, {}};
    for (std::size_t i = 0; i < fenced.recent_sequences.size() && i < fenced.recent_blocks.size();
         ++i) {
      commits.recent.push_back({fenced.recent_sequences[i], fenced.recent_blocks[i]});
    }
    by_shard[fenced.shard] = std::move(commits);
  }
  auto settlement = settle(by_shard);
  if (mutated(Mutant::kKeepHalfCommits)) settlement.revert.clear();
  if (mutated(Mutant::kForgetFinishedBlocks)) settlement.blocks_done.clear();
  if (by_shard.size() != expected) {
    if (promoting()) return settle_later(worker, incarnation);
    return roll_back("a shard did not answer for a lost worker's commits");
  }
  if (!settlement.revert.empty() && !algorithm->reversible() && !pacing.rounds() && !lbfgs) {
    return roll_back(fmt::format("{} cannot take back worker {}'s unfinished update",
                                 spec.algorithm.name, worker));
  }
  auto finish = [this, worker, incarnation, settlement] {
    if (unsettled.erase({worker, incarnation}) == 0) return;
    if (!settlement.revert.empty()) {
      ++updates_taken_back;
    }
    auto sequence = settlement.complete - settlement.blocks_done.size();
    for (const auto block : settlement.blocks_done) {
      ++sequence;
      // Its loss is lost with the worker: it is computed again. The shards take the gradient once.
      if (lbfgs) continue;
      if (ledger.complete(worker, incarnation, block) == Ledger::Outcome::kDone)
        contributed(worker, incarnation, block, sequence);
    }
    if (!mutated(Mutant::kKeepLeases)) ledger.release(worker, incarnation);
    if (round) round->lost(worker, incarnation);
    std::erase_if(backups, [worker](const auto& entry) { return entry.second == worker; });
    ledger_changed = true;
    record_changed = true;
    --busy;
    flush();
    advance_round();
  };
  if (settlement.revert.empty()) return finish();
  auto all = Gather<ShardId>::of(
      settlement.revert.size(),
      [this, finish, current = generation, asked = settlements](const std::vector<ShardId>&) {
        if (training(current) && asked == settlements) finish();
      },
      [this, worker, incarnation, current = generation,
       asked = settlements](const caf::error& why) {
        if (!training(current) || asked != settlements) return;
        if (passes(why)) {
          settle_later(worker, incarnation);
        } else {
          roll_back(fmt::format("an unfinished update could not be taken back: {}",
                                from_caf(why).message));
        }
      });
  for (const auto shard : settlement.revert) {
    self->request(executors.at(shards.at(shard).executor).handle, defaults::kControlTimeout,
                  revert_atom_v, shard, worker, settlement.complete + 1)
        .then(all->value(), all->error());
  }
}

void JobState::roll_back(const std::string& why) {
  if (phase == JobPhase::kStopping || phase == JobPhase::kEnded) return;
  spdlog::info("job {}: back to the newest checkpoint: {}", config.job, why);
  if (cut && cut->manifest) checkpoint_made();
  cut.reset();
  round.reset();
  program_sent = false;
  backups.clear();
  forget_evaluation();
  busy = 0;
  unsettled.clear();
  to_settle.clear();
  lost_with_shards.clear();
  moved.clear();
  promotion_busy = false;
  promotion_refused = false;
  for (auto& [incarnation, executor] : executors) {
    executor.pending = 0;
    executor.retiring = false;
  }
  phase = JobPhase::kStopping;
  stopping.clear();
  for (auto executor = executors.begin(); executor != executors.end();) {
    if (executor->second.handle) {
      stopping.insert(executor->first);
      ++executor;
      continue;
    }
    kill_process(executor->first, executor->second.node);
    executor = executors.erase(executor);
  }
  if (stopping.empty()) return return_to_checkpoint();
  const auto waited_for = stopping;
  for (const auto incarnation : waited_for) {
    self->request(executors.at(incarnation).handle, defaults::kControlTimeout, stop_atom_v,
                  generation)
        .then(
            [this, incarnation, current = generation](Incarnation) {
              if (generation != current || phase != JobPhase::kStopping) return;
              stopping.erase(incarnation);
              if (stopping.empty()) return_to_checkpoint();
            },
            [this, incarnation](const caf::error& error) {
              executor_failed(incarnation, from_caf(error).message);
            });
  }
}

void JobState::return_to_checkpoint() {
  shards.clear();
  workers.clear();
  generation = {};
  const auto before = ledger.blocks_done();
  Ledger earlier(ledger.config());
  while (!manifests.empty()) {
    auto decoded = Ledger::decode(manifests.front().ledger, now());
    if (decoded && decoded->config().samples == facts.samples) {
      earlier = std::move(*decoded);
      break;
    }
    emit({{"event", "warning"},
          {"message", fmt::format("checkpoint {} refused: its ledger is damaged",
                                  manifests.front().checkpoint)}});
    extra.erase_manifest(config.job, manifests.front().checkpoint);
    manifests.erase(manifests.begin());
  }
  if (!mutated(Mutant::kKeepLedger)) ledger.roll_back_to(earlier);
  ledger.release_all();
  const auto lost = before - ledger.blocks_done();
  updates_lost += lost;
  final_cut_done = ledger.finished();
  epochs_in_checkpoint = ledger.epochs_complete();
  if (auto back = epoch_ends.roll_back(epochs_in_checkpoint); !back)
    return end("failed", back.error().message);
  if (lbfgs) {
    if (auto back = return_lbfgs(); !back) return end("failed", back.error().message);
  }
  recovery = {{"event", "recovery"}, {"action", "rolled_back"}, {"updates_lost", lost}};
  (*recovery)["checkpoint"] =
      manifests.empty() ? nlohmann::json() : nlohmann::json(manifests.front().checkpoint.value);
  // It has given up its machines, as it was told to: nothing failed.
  if (granted.number > 0 && !granted.admitted && lost == 0) recovery.reset();
  phase = JobPhase::kWaiting;
  record_changed = true;
  ledger_changed = true;
  flush();
  try_place();
}

void JobState::reattached() {
  phase = final_checkpoint ? JobPhase::kEvaluating : JobPhase::kRunning;
  last_checkpoint = now();
  const auto unsettled_before = unsettled;
  std::vector<std::pair<Incarnation, std::string>> missing;
  for (const auto& [incarnation, executor] : executors) {
    if (executor.handle) continue;
    missing.emplace_back(incarnation, executor.evidence.empty()
                                          ? "did not come back after the supervisor's restart"
                                          : executor.evidence);
  }
  emit({{"event", "recovery"},
        {"action", "reattached"},
        {"executors", executors.size() - missing.size()},
        {"workers",
         std::ranges::count_if(workers, [](const auto& entry) { return entry.second.started; })},
        {"shards", shards.size()},
        {"updates_lost", 0}});
  // Those with shards first: they send everybody back, and nobody's commits need settling.
  std::ranges::stable_partition(missing,
                                [&](const auto& entry) { return hosts_shards(entry.first); });
  const bool orphans = std::ranges::any_of(
      shards, [&](const auto& entry) { return !executors.contains(entry.second.executor); });
  if (orphans) return roll_back("the supervisor does not know where a shard was");
  for (auto& [id, shard] : shards) {
    if (shard.backup && !executors.contains(shard.backup->executor)) shard.backup.reset();
  }
  for (const auto& [incarnation, why] : missing) executor_failed(incarnation, why);
  if (!training()) return;
  // Whatever was on its way to them when the supervisor died is said again.
  reserve_promotions();
  for (const auto& [id, shard] : shards) replicate(id);
  for (const auto& [incarnation, executor] : executors) start_backups(incarnation);
  const auto files_to_send = unwritten;
  for (const auto& file : files_to_send) send_file(file);
  for (const auto& [id, incarnation] : unsettled_before) settle_worker(id, incarnation);
  // An executor came back without this worker: it ended while nobody was there to hear it.
  std::vector<std::pair<WorkerId, Incarnation>> lost;
  for (const auto& [id, worker] : workers) {
    if (!worker.started) lost.emplace_back(id, worker.incarnation);
  }
  for (const auto& [id, incarnation] : lost) {
    workers.erase(id);
    settle_worker(id, incarnation);
  }
  flush();
}

}  // namespace dk
