// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/candidate.hpp"
#include "storage/key_value_store.hpp"
#include "tests/support/simulated_network.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace dk::test {

/// A supervisor or standby of a simulated cluster: one process on its machine.
struct SimulatedCandidate {
  std::shared_ptr<storage::KeyValueStore> bytes;
  std::shared_ptr<storage::StateStore> state;  ///< for reading
  std::shared_ptr<EventLog> log;
  std::shared_ptr<Standing> standing;
  CandidateActor candidate;
  LocalDoorActor door;  ///< null while it is dead
  DeterministicSystem::Process process = 0;
  std::uint16_t port = 0;
};

/// The candidates of a cluster, by machine; the first one founds it.
class SimulatedCandidates {
 public:
  SimulatedCandidates(DeterministicSystem& system, SimulatedNetwork& network)
      : system_(system), network_(network) {}

  void add(const std::string& machine, std::shared_ptr<storage::KeyValueStore> bytes);
  /// On what it has stored; an error, and nothing starts, when that is damaged.
  Result<void> start(const std::string& machine);
  void end(const std::string& machine, void (SimulatedNetwork::*how)(std::uint64_t));

  [[nodiscard]] bool contains(const std::string& machine) const { return all_.contains(machine); }
  [[nodiscard]] const std::map<std::string, SimulatedCandidate>& all() const { return all_; }
  [[nodiscard]] SimulatedCandidate& at(const std::string& machine) { return all_.at(machine); }
  /// The machine of one that leads, or thinks so; empty: none.
  [[nodiscard]] std::string leader() const;
  /// One that knows as much as any: the leader, or who has the newest history.
  [[nodiscard]] SimulatedCandidate& best();
  [[nodiscard]] Peer door_of(const std::string& machine) const;
  /// How many of them have a vote, as this one has it durably.
  [[nodiscard]] std::size_t voters(const std::string& machine) const;

 private:
  DeterministicSystem& system_;
  SimulatedNetwork& network_;
  std::map<std::string, SimulatedCandidate> all_;
  std::string first_;
  std::uint64_t lives_ = 0;
};

}  // namespace dk::test
