// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/job/job_state.hpp"

#include <caf/all.hpp>

#include <algorithm>

namespace dk {

bool JobState::fail_without_machines() {
  const bool any_alive = std::ranges::any_of(*nodes, &ClusterNode::alive);
  const bool any_usable = std::ranges::any_of(
      *nodes, [&](const ClusterNode& node) { return node.alive && policy.usable(node.info.name); });
  if (!any_alive || any_usable) return false;
  end("failed",
      fmt::format("no machine is left that has not used up its restarts; it began with: {}",
                  first_cause));
  return true;
}

void JobState::check_minimum() {
  if (phase != JobPhase::kRunning || busy > 0 || promoting() || ledger.finished()) return;
  const auto room = place(capacities(TimePoint::max()), placement(),
                          static_cast<std::uint32_t>(shards.size()), spec.workers_max)
                        .workers.size();
  // Those of a lost machine come back, or are placed elsewhere, without a word about it.
  const auto expected = std::max(room, workers.size());
  const bool enough = expected >= workers_needed();
  if (!enough && state != "paused") {
    state = "paused";
    reason = lacking(expected);
    emit({{"event", "paused"}, {"reason", reason}});
    flush();
  } else if (enough && state == "paused") {
    state = "running";
    progress.interrupted();
    reason.clear();
    emit({{"event", "resumed"}});
    flush();
  }
}

void JobState::check_leases() {
  const auto limit = deadlines.stuck();
  std::set<Incarnation> stuck;
  std::string why;
  for (const auto& lease : ledger.expired(now(), limit)) {
    const auto worker = workers.find(lease.worker);
    if (worker == workers.end() || worker->second.incarnation != lease.incarnation) continue;
    stuck.insert(worker->second.executor);
    why = fmt::format(
        "worker {} has not finished a mini-batch for {} s: its lease of block {} expired",
        lease.worker, std::chrono::duration_cast<std::chrono::seconds>(limit).count(), lease.block);
  }
  for (const auto executor : stuck) executor_failed(executor, why);
}

void JobState::replace_slow_worker() {
  const auto limit = deadlines.slow();
  const bool in_order = phase == JobPhase::kRunning && busy == 0 && !promoting();
  // In rounds `backup_workers`, and in passes the idle, see to it without anybody's end.
  if (!limit || !in_order || pacing.rounds() || lbfgs || !algorithm->reversible()) return;
  const auto holds_none = [this](const auto& entry) {
    return ledger.leases(entry.first, entry.second.incarnation).empty();
  };
  const bool waited_for = std::ranges::any_of(workers, [&](const auto& entry) {
    return entry.second.started && holds_none(entry) && pacing.allowance(entry.first, 0) > 0;
  });
  if (!waited_for) return;
  const auto slow = std::ranges::find_if(workers, [&](const auto& entry) {
    const auto& worker = entry.second;
    const bool answers = now() - executors.at(worker.executor).heard < defaults::kLeastSlow;
    return worker.started && answers && !holds_none(entry) && worker.since != TimePoint{} &&
           now() - worker.since > *limit;
  });
  if (slow == workers.end()) return;
  if (cut && !cut->taken) abort_cut("a slow worker is replaced");
  const auto [id, worker] = *slow;
  const std::chrono::duration<double> took = now() - worker.since;
  const auto& executor = executors.at(worker.executor);
  emit({{"event", "reissued"},
        {"worker", id.value},
        {"node", executor.node},
        {"block", ledger.leases(id, worker.incarnation).front()},
        {"seconds", took.count()}});
  self->send(executor.handle, stop_atom_v, id, worker.incarnation);
  workers.erase(slow);
  // If its commit is whole in every shard by now it counts; if not, the next worker's does.
  settle_worker(id, worker.incarnation);
  flush();
}

void JobState::worker_failed(const WorkerFailure& failure) {
  const auto found = workers.find(failure.worker);
  if (found == workers.end() || found->second.incarnation != failure.incarnation) return;
  const auto& executor = executors.at(found->second.executor);
  emit({{"event", "failure"},
        {"what", "worker"},
        {"worker", failure.worker.value},
        {"node", executor.node},
        {"incarnation", failure.incarnation.value},
        {"reason", failure.reason}});
  if (first_cause.empty()) {
    first_cause =
        fmt::format("node {}: worker {}: {}", executor.node, failure.worker, failure.reason);
  }
  ++restarts;
  if (!recovery) recovery_since = now();
  // With the others that did not come back, or with everybody.
  if (!training()) return;
  if (failure.at_centre && ++barren_starts >= defaults::kBarrenStarts)
    return diverged(failure.reason);
  if (policy.failed(executor.node, now()).action == RestartPolicy::Decision::Action::kElsewhere) {
    emit({{"event", "warning"},
          {"message",
           fmt::format("node {} has used up its restarts and is left out", executor.node)}});
  }
  if (cut && !cut->taken) abort_cut("a worker was lost");
  if (!recovery)
    recovery = {{"event", "recovery"}, {"action", "worker_restarted"}, {"updates_lost", 0}};
  workers.erase(found);
  settle_worker(failure.worker, failure.incarnation);
}

void JobState::diverged(const std::string& why) {
  barren_starts = 0;
  policy.forgive();
  if (++divergences > defaults::kMostDivergences) {
    return end("failed",
               fmt::format("the weights diverged {} times, at last: {}; a smaller learning rate or "
                           "clipped gradients (clipnorm) may help",
                           divergences, why));
  }
  emit({{"event", "warning"}, {"message", fmt::format("the weights have diverged: {}", why)}});
  const auto kept = epoch_ends.kept();
  if (!stepped && !manifests.empty() &&
      std::ranges::find(kept, manifests.front().checkpoint) == kept.end()) {
    // Nobody could make a step from it.
    emit({{"event", "warning"},
          {"message", fmt::format("checkpoint {} is passed over: its weights have diverged",
                                  manifests.front().checkpoint)}});
    extra.erase_manifest(config.job, manifests.front().checkpoint);
    manifests.erase(manifests.begin());
  }
  roll_back(fmt::format("the weights have diverged: {}", why));
}

}  // namespace dk
