// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/simulated_candidates.hpp"

#include <caf/all.hpp>

namespace dk::test {
namespace {

ConsensusFacts facts_of(const SimulatedCandidate& candidate) {
  const auto store = CandidateStore::open(candidate.bytes);
  return store ? (*store)->facts() : ConsensusFacts{};
}

}  // namespace

void SimulatedCandidates::add(const std::string& machine,
                              std::shared_ptr<storage::KeyValueStore> bytes) {
  if (first_.empty()) first_ = machine;
  // The same in every run.
  EXPECT_TRUE(CandidateStore::open(bytes, all_.size() + 1));
  all_[machine].bytes = std::move(bytes);
}

Peer SimulatedCandidates::door_of(const std::string& machine) const {
  return {machine, all_.at(machine).port, nullptr};
}

Result<void> SimulatedCandidates::start(const std::string& machine) {
  auto& candidate = all_.at(machine);
  if (candidate.door) return {};
  DK_TRY(check_candidate_state(candidate.bytes));
  DK_TRY_ASSIGN(candidate.state, storage::make_state_store(candidate.bytes));
  candidate.log = std::make_shared<EventLog>();
  candidate.standing = std::make_shared<Standing>();
  CandidateConfig config;
  config.cluster = "cluster";
  config.name = config.host = machine;
  config.founds = machine == first_;
  if (machine != first_) config.contacts = {door_of(first_)};
  config.entries = candidate.bytes;
  config.log = candidate.log;
  config.seed = ++lives_;
  candidate.candidate = spawn_blocking(*system_, candidate_actor, std::move(config));
  candidate.process = system_.isolate(candidate.candidate);
  candidate.door =
      system_->spawn(supervisor_door, DoorConfig{[] { return std::string("cluster"); }, machine,
                                                 candidate.candidate, candidate.standing});
  system_.move(candidate.door, candidate.process);
  network_.add_process(candidate.process, machine, "supervisor@" + machine);
  candidate.port = network_.listen(caf::actor_cast<caf::strong_actor_ptr>(candidate.door), machine,
                                   candidate.port);
  caf::anon_send(candidate.candidate, join_atom_v, candidate.door, candidate.port,
                 machine + ":7300");
  return {};
}

void SimulatedCandidates::end(const std::string& machine,
                              void (SimulatedNetwork::*how)(std::uint64_t)) {
  auto& candidate = all_.at(machine);
  if (!candidate.door) return;
  candidate.door = nullptr;
  candidate.candidate = nullptr;
  (network_.*how)(candidate.process);
}

std::string SimulatedCandidates::leader() const {
  std::string found;
  std::uint64_t term = 0;
  for (const auto& [machine, candidate] : all_) {
    if (!candidate.door || candidate.standing->elsewhere()) continue;
    // One that stands still may think so, too.
    const auto its = facts_of(candidate).term;
    if (found.empty() || its > term) found = machine;
    term = std::max(term, its);
  }
  return found;
}

SimulatedCandidate& SimulatedCandidates::best() {
  auto* best = &all_.at(first_);
  if (all_.size() == 1) return *best;
  auto newest = facts_of(*best).position;
  for (auto& [machine, candidate] : all_) {
    const auto position = facts_of(candidate).position;
    if (position <= newest) continue;
    best = &candidate;
    newest = position;
  }
  return *best;
}

std::size_t SimulatedCandidates::voters(const std::string& machine) const {
  return facts_of(all_.at(machine)).members.size();
}

}  // namespace dk::test
