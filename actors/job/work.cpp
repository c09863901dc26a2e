// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/error.hpp"
#include "actors/job/job_state.hpp"
#include "actors/mutant.hpp"

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace dk {

caf::result<WorkGrants> JobState::report(const WorkReport& message) {
  const auto executor = executors.find(message.executor);
  if (phase == JobPhase::kEnded || executor == executors.end() || !executor->second.handle) {
    return to_caf(
        {Errc::kStaleIncarnation, fmt::format("executor {} has been replaced", message.executor)});
  }
  absorb(message);
  advance_round();
  std::set<WorkerId> present;
  for (const auto& [id, worker] : workers) {
    if (worker.started) present.insert(id);
  }
  pacing.set_workers(present);
  WorkGrants answer;
  for (const auto& status : message.workers) {
    const auto worker = workers.find(status.worker);
    if (worker == workers.end() || worker->second.incarnation != status.incarnation) {
      // It has been replaced, and the word about that was lost.
      if (training())
        self->send(executor->second.handle, stop_atom_v, status.worker, status.incarnation);
      continue;
    }
    if (status.steps != worker->second.steps)
      ledger.renew(status.worker, status.incarnation, now());
    worker->second.steps = status.steps;
    // A grant whose answer was lost, with a supervisor or on its way, is granted again: whatever
    // the executor has got is in its report.
    auto held = ledger.leases(status.worker, status.incarnation);
    const auto count = held.size();
    std::erase_if(held, [&](std::uint64_t block) {
      return std::ranges::find(status.leases, block) != status.leases.end();
    });
    const auto allowed = state == "paused" ? 0 : pacing.allowance(status.worker, count);
    if (phase == JobPhase::kRunning && allowed > 0) {
      const auto fresh =
          ledger.lease(status.worker, status.incarnation, allowed, now(), lease_limit());
      ledger_changed = ledger_changed || !fresh.empty();
      held.insert(held.end(), fresh.begin(), fresh.end());
    }
    if (count == 0 && status.leases.empty()) worker->second.since = now();
    if (phase == JobPhase::kRunning) add_backup(status, held);
    if (!held.empty())
      answer.grants.push_back(grant(status.worker, status.incarnation, std::move(held)));
  }
  auto promise = self->make_response_promise<WorkGrants>();
  if (mutated(Mutant::kGrantBeforeDurable)) promise.deliver(std::exchange(answer, {}));
  flush([promise, answer = std::move(answer)]() mutable { promise.deliver(std::move(answer)); });
  finish_if_done();
  return promise;
}

void JobState::absorb(const WorkReport& message) {
  if (const auto executor = executors.find(message.executor); executor != executors.end()) {
    executor->second.duplicates = message.duplicates_dropped;
    executor->second.heard = now();
  }
  absorb_replicas(message);
  for (const auto& done : message.done) {
    const auto worker = workers.find(done.worker);
    if (worker == workers.end() || worker->second.incarnation != done.incarnation) continue;
    worker->second.at_work = false;
    if (const auto began = std::exchange(worker->second.since, now()); began != TimePoint{})
      deadlines.finished(now() - began);
    if (done.block >= ledger.blocks_total()) {
      spdlog::error("job {}: worker {} reports block {} of {}", config.job, done.worker, done.block,
                    ledger.blocks_total());
      continue;
    }
    // A block of a pass may be under way twice: who finishes it first counts.
    const auto outcome = lbfgs ? ledger.complete(done.block)
                               : ledger.complete(done.worker, done.incarnation, done.block);
    if (outcome != Ledger::Outcome::kDone) continue;
    if (lbfgs) lbfgs->add(done.loss_sum);
    ledger_changed = true;
    worker->second.pace.finished(done.samples, ledger.blocks_done(), now());
    contributed(done.worker, done.incarnation, done.block, done.sequence);
    progress.add(ledger.block(done.block).epoch, done.loss_sum, done.metrics, done.samples,
                 workers.size(), now());
  }
  for (const auto& note : message.notes) take_note(note);
  for (const auto& failure : message.failures) worker_failed(failure);
  if (phase == JobPhase::kEnded) return;
  emit_epochs();
  advance_epochs();
}

void JobState::take_note(const WorkerNote& note) {
  const auto worker = workers.find(note.worker);
  if (worker == workers.end() || worker->second.incarnation != note.incarnation) return;
  // Reports are repeated.
  if (std::exchange(worker->second.noted, note.text) == note.text) return;
  emit({{"event", "warning"},
        {"worker", note.worker.value},
        {"message", fmt::format("worker {} {}", note.worker, note.text)}});
}

void JobState::contributed(WorkerId worker, Incarnation incarnation, std::uint64_t block,
                           std::uint64_t sequence) {
  pacing.contributed(worker);
  barren_starts = 0;
  stepped = true;
  // A record for each commit only where the pace has to be known exactly.
  if (algorithm->pace().kind != Pace::Kind::kFree) record_changed = true;
  if (round) round->contributed(worker, incarnation, block, sequence);
}

}  // namespace dk
