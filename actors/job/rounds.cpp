// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/error.hpp"
#include "actors/gather.hpp"
#include "actors/job/job_state.hpp"

#include <caf/all.hpp>

#include <algorithm>

namespace dk {

void JobState::advance_round() {
  if (lbfgs) return advance_pass();
  if (!pacing.rounds() || phase != JobPhase::kRunning) return;
  if (round && round->empty()) round.reset();
  if (!round) return open_round();
  if (round->ready()) close_round();
}

void JobState::open_round() {
  // Between two rounds nothing is under way: the moment for a cut, and for settling who is in.
  if (busy > 0 || (cut && !cut->taken) || state == "paused") return;
  if (cut_due() && !cut) {
    start_cut();
    if (cut) return;
  }
  std::vector<Round::Member> members;
  for (auto& [id, worker] : workers) {
    if (!worker.started || worker.at_work) continue;
    const auto blocks = ledger.lease(id, worker.incarnation, 1, now(), lease_limit());
    if (blocks.empty()) break;
    members.push_back({id, worker.incarnation, blocks.front(), 0});
    worker.at_work = true;
  }
  if (members.empty()) return;
  round.emplace(++last_round, algorithm->pace().spare, std::move(members));
  closing_sent = false;
  record_changed = true;
  ledger_changed = true;
  flush([this, number = round->number()] {
    if (!round || round->number() != number) return;
    std::map<Incarnation, WorkGrants> by_executor;
    for (const auto& member : round->members()) {
      const auto worker = workers.find(member.worker);
      if (worker == workers.end()) continue;
      by_executor[worker->second.executor].grants.push_back(
          grant(member.worker, member.incarnation, {member.block}));
    }
    for (auto& [incarnation, grants] : by_executor) {
      const auto executor = executors.find(incarnation);
      if (executor != executors.end() && executor->second.handle)
        self->send(executor->second.handle, put_atom_v, std::move(grants));
    }
  });
}

void JobState::close_round() {
  if (closing_sent || promoting()) return;
  closing_sent = true;
  if (!round->closing()) {
    // Whoever came too late trains that block again, in another round.
    for (const auto& late : round->close()) ledger.release(late.worker, late.incarnation);
    ledger_changed = true;
    record_changed = true;
  }
  flush([this, number = round->number(), current = generation] {
    if (!training(current) || !round || round->number() != number) return;
    if (promoting()) {
      closing_sent = false;
      return;
    }
    CloseRound message{generation, number, {}};
    for (const auto& member : round->members()) {
      message.members.push_back({member.worker, member.incarnation, member.sequence});
    }
    const auto holders = with_shards();
    auto all = Gather<Incarnation>::of(
        holders.size(),
        [this, number, current](const std::vector<Incarnation>&) {
          if (!training(current) || !round || round->number() != number) return;
          round.reset();
          record_changed = true;
          advance_round();
          finish_if_done();
        },
        [this, number, current](const caf::error& why) {
          if (!training(current) || !round || round->number() != number) return;
          const auto error = from_caf(why);
          if (error.code == Errc::kInvalid) return roll_back(error.message);
          // The next tick asks again; a shard takes a round in once.
          closing_sent = false;
        });
    for (const auto incarnation : holders) {
      self->request(executors.at(incarnation).handle, defaults::kControlTimeout, close_atom_v,
                    message)
          .then(all->value(), all->error());
    }
  });
}

Grant JobState::grant(WorkerId worker, Incarnation incarnation,
                      std::vector<std::uint64_t> blocks) const {
  const auto count =
      std::ranges::count_if(workers, [](const auto& entry) { return entry.second.started; });
  return {worker,
          incarnation,
          std::move(blocks),
          round ? round->number() : (lbfgs ? lbfgs->pass() + 1 : 0),
          static_cast<std::uint32_t>(std::max<std::ptrdiff_t>(1, count)),
          epoch_ends.learning_rate};
}

}  // namespace dk
