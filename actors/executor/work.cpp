// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/executor/executor_state.hpp"

#include <caf/all.hpp>

#include <algorithm>

namespace dk {
namespace {

template <class T>
void forget_first(std::vector<T>& list, std::size_t count) {
  list.erase(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(count));
}

}  // namespace

WorkReport ExecutorState::make_report() const {
  WorkReport report{
      config.incarnation, pending, {}, duplicates->load(std::memory_order_relaxed), {},
      failures,           notes};
  for (const auto& [id, worker] : workers) {
    report.workers.push_back(
        {id, worker.incarnation, worker.steps->load(std::memory_order_relaxed), worker.leases});
  }
  for (const auto& [id, status] : replicas) report.replicas.push_back(status);
  return report;
}

void ExecutorState::report() {
  if (!job || reporting || over) return;
  reporting = true;
  last_report = self->clock().now();
  ++reports;
  const auto patience = report_patience.value();
  self->request(job, patience, report_atom_v, make_report())
      .then(
          [this, reported = pending.size(), failed = failures.size(), noted = notes.size(),
           number = reports, asked = last_report](const WorkGrants& grants) {
            if (number != reports) return;
            report_patience.answered(
                std::chrono::duration_cast<Patience::Duration>(self->clock().now() - asked));
            forget_first(pending, reported);
            forget_first(failures, failed);
            forget_first(notes, noted);
            answered(grants);
          },
          [this, number = reports, patience](const caf::error& why) {
            if (number != reports) return;
            reporting = false;
            if (why == caf::sec::request_timeout) report_patience.late(patience);
            const auto error = from_caf(why);
            if (error.code == Errc::kStaleIncarnation) end(error);
          });
}

void ExecutorState::forget_report() {
  report_patience = Patience(defaults::kControlTimeout);
  reporting = false;
  ++reports;
}

void ExecutorState::answered(const WorkGrants& grants) {
  reporting = false;
  take(grants);
  if (!pending.empty() || !failures.empty() || !notes.empty()) report();
}

void ExecutorState::take(const WorkGrants& grants) {
  const bool rounds = algorithm && algorithm->pace().kind == Pace::Kind::kRounds;
  for (const auto& grant : grants.grants) {
    const auto worker = workers.find(grant.worker);
    if (worker == workers.end() || worker->second.incarnation != grant.incarnation ||
        grant.blocks.empty())
      continue;
    // A round's lease comes by itself, and again in the answer to a report that crossed it.
    if (rounds && grant.round <= std::exchange(worker->second.round, grant.round)) continue;
    auto& leases = worker->second.leases;
    leases.insert(leases.end(), grant.blocks.begin(), grant.blocks.end());
    self->send(worker->second.actor, put_atom_v, grant);
  }
}

bool ExecutorState::end_worker(WorkerId id, Incarnation incarnation) {
  const auto worker = workers.find(id);
  if (worker == workers.end() || worker->second.incarnation != incarnation) return false;
  self->demonitor(worker->second.actor.address());
  self->send_exit(worker->second.actor, caf::exit_reason::user_shutdown);
  workers.erase(worker);
  held_if_done();
  return true;
}

void ExecutorState::failed(const WorkerFailure& failure) {
  if (!end_worker(failure.worker, failure.incarnation)) return;
  failures.push_back(failure);
  report();
}

caf::result<ExecutorHeld> ExecutorState::drain(Incarnation then, std::vector<WorkerId> ids) {
  if (then != generation) return stale(then);
  std::erase_if(ids, [this](WorkerId id) { return !workers.contains(id); });
  auto promise = self->make_response_promise<ExecutorHeld>();
  auto all = Gather<Held>::of(
      ids.size(),
      [this, promise, then](std::vector<Held> left) mutable {
        if (generation != then) {
          promise.deliver(stale(then));
          return;
        }
        for (const auto& worker : left) end_worker(worker.worker, worker.incarnation);
        promise.deliver(ExecutorHeld{std::move(left), make_report(), {}});
      },
      [promise](const caf::error& why) mutable { promise.deliver(why); });
  for (const auto id : ids) {
    self->request(workers.at(id).actor, defaults::kDrainPatience, drain_atom_v)
        .then(all->value(), all->error());
  }
  return promise;
}

void ExecutorState::tick() {
  if (over) return;
  const bool idle =
      std::ranges::any_of(workers, [](const auto& entry) { return entry.second.leases.empty(); });
  if (idle || self->clock().now() - last_report >= defaults::kReportEvery) report();
  self->delayed_send(self, defaults::kLeaseRetry, tick_atom_v);
}

}  // namespace dk
