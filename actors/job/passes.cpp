// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/error.hpp"
#include "actors/gather.hpp"
#include "actors/job/job_state.hpp"

#include <caf/all.hpp>

#include <algorithm>

namespace dk {

Lbfgs::Config JobState::lbfgs_config() const {
  const auto pace = algorithm->pace();
  return {pace.history, pace.backtracks, facts.samples, ledger.blocks_per_epoch()};
}

void JobState::advance_pass() {
  if (!lbfgs || phase != JobPhase::kRunning) return;
  if (lbfgs->idle()) return open_pass();
  if (!lbfgs->open()) return run_program();
  if (!ledger.epoch_complete(static_cast<std::uint32_t>(lbfgs->pass()))) return;
  if (auto done = lbfgs->evaluated(); !done) return end("failed", done.error().message);
  backups.clear();
  run_program();
}

Result<void> JobState::return_lbfgs() {
  lbfgs.emplace(lbfgs_config());
  if (manifests.empty()) return {};
  const auto known = lbfgs_at.find(manifests.front().checkpoint);
  if (known != lbfgs_at.end()) return lbfgs->restore(known->second);
  return fail(Errc::kCorrupt, "checkpoint {} has no state of the coordinator",
              manifests.front().checkpoint);
}

void JobState::open_pass() {
  // Between two passes nothing is under way: the moment for a cut, and for settling who is in.
  if (busy > 0 || (cut && !cut->taken)) return;
  if (epoch_waits()) return advance_epochs();
  if (cut_due() && !cut) {
    start_cut();
    if (cut) return;
  }
  if (ledger.finished() || !stopped().empty()) return;
  lbfgs->begin();
  run_program();
}

void JobState::run_program() {
  if (program_sent || promoting()) return;
  program_sent = true;
  record_changed = true;
  // What a shard has run cannot be taken back: a supervisor that comes back asks for the same.
  flush([this, program = lbfgs->program(), current = generation] {
    if (!training(current) || !program_sent) return;
    if (promoting()) {
      program_sent = false;
      return;
    }
    const auto holders = with_shards();
    auto all = Gather<std::vector<ProgramSums>>::of(
        holders.size(),
        [this, number = program.number,
         current](const std::vector<std::vector<ProgramSums>>& answers) {
          if (!training(current) || !program_sent) return;
          std::vector<ProgramSums> sums;
          for (const auto& some : answers) sums.insert(sums.end(), some.begin(), some.end());
          program_run(number, std::move(sums));
        },
        [this, current](const caf::error& why) {
          if (!training(current) || !program_sent) return;
          // The next tick asks again; a shard runs a program once.
          program_sent = false;
          const auto error = from_caf(why);
          if (error.code == Errc::kInvalid) roll_back(error.message);
        });
    for (const auto incarnation : holders) {
      self->request(executors.at(incarnation).handle, defaults::kControlTimeout, run_atom_v,
                    RunProgram{generation, program})
          .then(all->value(), all->error());
    }
  });
}

void JobState::program_run(std::uint64_t number, std::vector<ProgramSums> by_shard) {
  const auto program = lbfgs->program();
  program_sent = false;
  if (number != program.number) return;
  // In the order of the shards, so that the sums are the same whoever answers first.
  std::ranges::sort(by_shard, {}, &ProgramSums::shard);
  std::vector<double> sums(program.dots.size(), 0);
  for (const auto& share : by_shard) {
    if (share.sums.size() != sums.size())
      return roll_back(fmt::format("shard {} answered another program", share.shard));
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += share.sums[i];
  }
  if (by_shard.size() != shards.size())
    return roll_back("a shard did not answer the coordinator's program");
  if (auto done = lbfgs->answered(sums); !done) return end("failed", done.error().message);
  record_changed = true;
  flush();
  advance_pass();
  advance_epochs();
  finish_if_done();
}

void JobState::add_backup(const WorkerStatus& status, std::vector<std::uint64_t>& held) {
  if (!lbfgs || !lbfgs->open() || !held.empty() || !status.leases.empty()) return;
  for (const auto& lease : ledger.expired(now(), std::chrono::nanoseconds(0))) {
    const auto backup = backups.try_emplace(lease.block, status.worker).first;
    if (backup->second != status.worker) continue;
    held.push_back(lease.block);
    return;
  }
}

const std::string& JobState::stopped() const {
  return lbfgs && epoch_ends.stopped().empty() ? lbfgs->stopped() : epoch_ends.stopped();
}

}  // namespace dk
