// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/chunk_store_actor.hpp"
#include "actors/data_server.hpp"
#include "actors/event_log.hpp"
#include "actors/executor.hpp"
#include "actors/node_agent.hpp"
#include "actors/supervisor.hpp"
#include "storage/key_value_store.hpp"
#include "tests/support/deterministic_system.hpp"
#include "tests/support/simulated_candidates.hpp"
#include "tests/support/simulated_network.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dk::test {

struct SimulatedNode {
  std::string name;
  std::uint32_t cores = 1;
  std::uint64_t memory_bytes = 0;
  std::map<std::string, std::string> labels{};
  bool alive = false;
  std::uint16_t port = 0;
  std::vector<Peer> doors;  ///< of supervisor and standbys, as it has stored them
  DeterministicSystem::Process process = 0;
  std::shared_ptr<storage::KeyValueStore> chunk_bytes;
  std::shared_ptr<Launcher> launcher;
  ChunkStoreActor chunks;
  DataServerActor data;
  LocalNodeAgentActor agent;
};

struct SimulatedExecutor {
  std::string node;
  ExecutorLaunch launch;
  LocalExecutorActor actor;
  DeterministicSystem::Process process = 0;
};

struct ClusterShape {
  std::vector<std::string> nodes{"a", "b"};
  std::uint32_t cores = 1;
  /// Between all processes; null: every message arrives at once.
  SimulatedNetwork* network = nullptr;
  /// With a network: the first so many machines have a supervisor or standby.
  std::uint32_t candidates = 1;
  /// Makes the bytes of the supervisor's state ("state", "state/b" on another machine b) and of
  /// each machine's chunks (its name).
  std::function<std::shared_ptr<storage::KeyValueStore>(const std::string&)> make_store =
      [](const std::string&) { return storage::make_memory_key_value_store(); };
  std::uint64_t memory_bytes = 0;
  /// Of each machine that has some.
  std::map<std::string, std::map<std::string, std::string>> labels{};
};

/// A whole cluster in one DeterministicSystem: supervisor, journal, nodes with their chunk stores,
/// and executors as simulated processes. The first node is the supervisor's. The supervisor is
/// reached through a door that outlives it, like a port that a new process listens on. With a
/// network they dial each other, nodes may die and come back, too, and supervisors are elected.
class SimulatedCluster {
 public:
  explicit SimulatedCluster(DeterministicSystem& system, const ClusterShape& shape = {});
  ~SimulatedCluster();

  // -- the supervisor ------------------------------------------------------------

  /// Ends supervisor, job and journal, as kill -9 does.
  void kill_supervisor();
  /// Starts one on the stores of the one before; which must be sound.
  void start_supervisor();
  /// The same; an error, and nothing starts, when they are not.
  Result<void> try_start_supervisor();
  /// With a network the door of the one that leads; null: none.
  [[nodiscard]] LocalSupervisorActor supervisor() const;
  [[nodiscard]] storage::StateStore& state();
  [[nodiscard]] storage::KeyValueStore& state_bytes() { return *state_bytes_; }
  /// With a network.
  [[nodiscard]] SimulatedCandidates& candidates() { return *candidates_; }
  /// What ClusterShape::make_store was asked for a candidate's state.
  [[nodiscard]] std::string state_disk(const std::string& machine) const {
    return machine == own_node_ ? "state" : "state/" + machine;
  }

  // -- jobs ------------------------------------------------------------------------

  JobId submit(const JobSpec& spec);
  /// Runs until the job has ended; false if an hour of virtual time is not enough.
  bool finish(JobId job);
  bool run_until(const std::function<bool()>& done) { return system_.run_until(done, 1h); }
  [[nodiscard]] bool ended(JobId job) const;
  [[nodiscard]] nlohmann::json record(JobId job);
  /// What the job says at its end.
  [[nodiscard]] nlohmann::json outcome(JobId job);
  /// All events, or those of one kind.
  [[nodiscard]] std::vector<nlohmann::json> events(JobId job, const std::string& kind = {});
  /// Every `field` of the events of one kind.
  [[nodiscard]] std::vector<std::string> texts(JobId job, const std::string& kind,
                                               const std::string& field);

  // -- machines ----------------------------------------------------------------------

  [[nodiscard]] SimulatedNode& node(const std::string& name) { return nodes_.at(name); }
  [[nodiscard]] const std::map<Incarnation, SimulatedExecutor>& executors() const {
    return executors_;
  }
  /// The executor that runs on this node; none: the default.
  [[nodiscard]] Incarnation executor_on(const std::string& node) const;
  /// Its process dies of signal 9; the node's waitpid sees it.
  void kill_executor(Incarnation incarnation, const std::string& reason = "killed by signal 9");
  /// With a network: the daemon dies of signal 9, and its executors of its silence.
  void kill_node(const std::string& name);
  /// With a network: loss of power.
  void vanish_node(const std::string& name);
  /// With a network: the daemon is started again on what it has stored.
  void start_node(const std::string& name);
  [[nodiscard]] const std::map<std::string, SimulatedNode>& nodes() const { return nodes_; }

  /// Called for each executor that is launched, before it has done anything.
  std::function<void(const SimulatedExecutor&)> on_launch = [](const SimulatedExecutor&) {};

 private:
  class SimulatedLauncher;
  [[nodiscard]] Peer supervisor_peer(const std::string& node) const;
  void found(const ClusterShape& shape);
  void end_node(const std::string& name, void (SimulatedNetwork::*how)(std::uint64_t));
  void tell_exit(const SimulatedExecutor& executor, const std::string& reason);
  void executor_ended(Incarnation incarnation, const std::string& reason);

  DeterministicSystem& system_;
  SimulatedNetwork* network_;
  std::shared_ptr<storage::KeyValueStore> state_bytes_;
  std::shared_ptr<storage::StateStore> state_;
  std::shared_ptr<EventLog> log_ = std::make_shared<EventLog>();
  std::shared_ptr<LocalSupervisorActor> behind_door_ = std::make_shared<LocalSupervisorActor>();
  SupervisorActor door_;
  LocalSupervisorActor supervisor_;
  DeterministicSystem::Process supervisor_process_ = 0;
  DeterministicSystem::Process journal_process_ = 0;
  std::optional<SimulatedCandidates> candidates_;
  std::map<std::string, SimulatedNode> nodes_;
  std::string own_node_;
  std::uint32_t cores_ = 1;
  std::map<Incarnation, SimulatedExecutor> executors_;
};

}  // namespace dk::test
