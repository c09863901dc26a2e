// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/simulated_cluster.hpp"

#include <caf/all.hpp>

namespace dk::test {
namespace {

SupervisorActor::behavior_type door(SupervisorActor::pointer self,
                                    std::shared_ptr<LocalSupervisorActor> behind) {
  const auto nobody = [] { return to_caf({Errc::kUnavailable, "nobody listens"}); };
  return {
      [=](join_atom, const NodeInfo& info) -> caf::result<Joined> {
        if (!*behind) return nobody();
        return self->delegate(*behind, join_atom_v, info);
      },
      [=](drain_atom, const std::string& node) -> caf::result<bool> {
        if (!*behind) return nobody();
        return self->delegate(*behind, drain_atom_v, node);
      },
      [=](put_atom, const NodeInfo& info) {
        if (*behind) self->send(*behind, put_atom_v, info);
      },
      [=](attach_atom, const ExecutorHello& hello) -> caf::result<Attached> {
        if (!*behind) return nobody();
        return self->delegate(*behind, attach_atom_v, hello);
      },
      [=](exited_atom, const ExecutorExit& exit) {
        if (*behind) self->send(*behind, exited_atom_v, exit);
      },
  };
}

}  // namespace

class SimulatedCluster::SimulatedLauncher : public Launcher {
 public:
  SimulatedLauncher(SimulatedCluster& cluster, std::string node)
      : cluster_(cluster), node_(std::move(node)) {}

  Result<std::uint32_t> launch(const ExecutorLaunch& launch, const Peer& supervisor) override {
    ExecutorConfig config;
    config.job = launch.job;
    config.incarnation = launch.incarnation;
    config.cores = cluster_.cores_;
    config.pid = static_cast<std::uint32_t>(1000 + launch.incarnation.value);
    config.supervisor = supervisor;
    config.on_end = [&cluster = cluster_, launch](const Error& why) {
      cluster.executor_ended(launch.incarnation, why.message);
    };
    const auto pid = config.pid;
    SimulatedExecutor executor{node_, launch, {}, 0};
    auto* network = cluster_.network_;
    if (network != nullptr) config.host = node_;
    executor.actor = spawn_blocking(*cluster_.system_, executor_actor, std::move(config));
    executor.process = cluster_.system_.isolate(executor.actor);
    if (network != nullptr) {
      network->add_process(executor.process, node_,
                           fmt::format("executor {}@{}", launch.incarnation, node_));
      const auto port =
          network->listen(caf::actor_cast<caf::strong_actor_ptr>(executor.actor), node_);
      caf::anon_send(executor.actor, attach_atom_v, port);
    }
    cluster_.executors_[launch.incarnation] = executor;
    cluster_.on_launch(executor);
    return pid;
  }
  void kill(Incarnation incarnation) override {
    if (cluster_.executors_.contains(incarnation))
      cluster_.executor_ended(incarnation, "killed by signal 9");
  }

 private:
  SimulatedCluster& cluster_;
  std::string node_;
};

SimulatedCluster::SimulatedCluster(DeterministicSystem& system, const ClusterShape& shape)
    : system_(system), network_(shape.network) {
  own_node_ = shape.nodes.front();
  cores_ = shape.cores;
  if (network_ != nullptr) {
    found(shape);
  } else {
    state_bytes_ = shape.make_store("state");
    door_ = system_->spawn(door, behind_door_);
    start_supervisor();
  }
  for (const auto& name : shape.nodes) {
    auto& node = nodes_[name];
    node.name = name;
    node.cores = shape.cores;
    node.memory_bytes = shape.memory_bytes;
    if (const auto found = shape.labels.find(name); found != shape.labels.end())
      node.labels = found->second;
    node.chunk_bytes = shape.make_store(name);
    start_node(name);
  }
  system_.drain();
}

void SimulatedCluster::found(const ClusterShape& shape) {
  candidates_.emplace(system_, *network_);
  for (std::size_t i = 0; i < shape.candidates; ++i) {
    const auto& name = shape.nodes.at(i);
    const auto bytes = shape.make_store(state_disk(name));
    if (i == 0) state_bytes_ = bytes;
    candidates_->add(name, bytes);
    const auto started = candidates_->start(name);
    EXPECT_TRUE(started) << started.error().message;
  }
  EXPECT_TRUE(run_until([&] {
    // Two voters would not survive the loss of either: a standby alone has no vote.
    const std::size_t voters = shape.candidates == 2 ? 1 : shape.candidates;
    return candidates_->leader() == own_node_ && candidates_->voters(own_node_) == voters;
  }));
}

SimulatedCluster::~SimulatedCluster() {
  if (network_ != nullptr) return;
  kill_supervisor();
  for (const auto& [incarnation, executor] : std::exchange(executors_, {}))
    system_.kill(executor.process);
  for (auto& [name, node] : nodes_) {
    system_.end(caf::actor_cast<caf::strong_actor_ptr>(node.agent));
    system_.end(caf::actor_cast<caf::strong_actor_ptr>(node.chunks));
    system_.end(caf::actor_cast<caf::strong_actor_ptr>(node.data));
  }
}

// -- the supervisor ------------------------------------------------------------------------

void SimulatedCluster::kill_supervisor() {
  if (network_ != nullptr) return candidates_->end(own_node_, &SimulatedNetwork::kill);
  if (!supervisor_) return;
  *behind_door_ = nullptr;
  supervisor_ = nullptr;
  system_.kill(supervisor_process_);
  system_.kill(journal_process_);
  for (auto& [name, node] : nodes_) {
    caf::anon_send(caf::actor_cast<caf::actor>(node.agent),
                   caf::down_msg{door_.address(), caf::exit_reason::remote_link_unreachable});
  }
}

void SimulatedCluster::start_supervisor() {
  const auto started = try_start_supervisor();
  ASSERT_TRUE(started) << started.error().message;
}

Result<void> SimulatedCluster::try_start_supervisor() {
  if (network_ != nullptr) return candidates_->start(own_node_);
  DK_TRY_ASSIGN(auto state, storage::make_state_store(state_bytes_));
  DK_TRY_ASSIGN(auto jobs, unfinished_jobs(*state, *log_));
  DK_TRY_ASSIGN(auto drained, drained_nodes(*state));
  state_ = std::move(state);
  const auto journal = spawn_blocking(*system_, journal_actor, state_, log_);
  journal_process_ = system_.isolate(journal);
  supervisor_ = system_->spawn(
      supervisor_actor,
      SupervisorConfig{"cluster", own_node_, journal, std::move(jobs), std::move(drained)});
  supervisor_process_ = system_.isolate(supervisor_);
  *behind_door_ = supervisor_;
  return {};
}

LocalSupervisorActor SimulatedCluster::supervisor() const {
  if (network_ == nullptr) return supervisor_;
  const auto leader = candidates_->leader();
  if (leader.empty()) return {};
  return candidates_->all().at(leader).door;
}

storage::StateStore& SimulatedCluster::state() {
  return network_ == nullptr ? *state_ : *candidates_->best().state;
}

bool SimulatedCluster::ended(JobId job) const {
  if (network_ == nullptr) return log_->wait(job, 0, 0ms).ended;
  return std::ranges::any_of(candidates_->all(), [&](const auto& entry) {
    return entry.second.log->wait(job, 0, 0ms).ended;
  });
}

Peer SimulatedCluster::supervisor_peer(const std::string& node) const {
  if (network_ != nullptr)
    return candidates_->door_of(candidates_->contains(node) ? node : own_node_);
  return {{}, 0, caf::actor_cast<caf::strong_actor_ptr>(door_)};
}

// -- jobs --------------------------------------------------------------------------------------

JobId SimulatedCluster::submit(const JobSpec& spec) {
  const auto facts = check_resources(spec);
  EXPECT_TRUE(facts) << facts.error().message;
  const auto id = system_.ask<JobId>(
      supervisor(), put_atom_v, std::make_shared<const SubmittedJob>(SubmittedJob{spec, *facts}));
  EXPECT_TRUE(id) << id.error().message;
  return *id;
}

bool SimulatedCluster::finish(JobId job) {
  return run_until([&] { return ended(job); });
}

nlohmann::json SimulatedCluster::record(JobId job) {
  const auto records = state().jobs();
  EXPECT_TRUE(records) << records.error().message;
  for (const auto& [id, bytes] : *records) {
    if (id != job) continue;
    return nlohmann::json::parse(
        std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  }
  return {};
}

nlohmann::json SimulatedCluster::outcome(JobId job) {
  return record(job).value("outcome", nlohmann::json::object());
}

std::vector<nlohmann::json> SimulatedCluster::events(JobId job, const std::string& kind) {
  std::vector<nlohmann::json> found;
  const auto lines = state().events(job, 0, 100'000);
  EXPECT_TRUE(lines) << lines.error().message;
  for (const auto& line : *lines) {
    auto event = nlohmann::json::parse(line);
    if (kind.empty() || event.at("event") == kind) found.push_back(std::move(event));
  }
  return found;
}

std::vector<std::string> SimulatedCluster::texts(JobId job, const std::string& kind,
                                                 const std::string& field) {
  std::vector<std::string> found;
  for (const auto& event : events(job, kind)) {
    if (event.contains(field) && event.at(field).is_string()) found.push_back(event.at(field));
  }
  return found;
}

// -- machines ----------------------------------------------------------------------------------

void SimulatedCluster::start_node(const std::string& name) {
  auto& node = nodes_.at(name);
  if (node.alive) return;
  node.alive = true;
  node.chunks = spawn_blocking(
      *system_, chunk_store_actor,
      std::shared_ptr<storage::ChunkStore>(storage::make_chunk_store(node.chunk_bytes)));
  node.launcher = std::make_shared<SimulatedLauncher>(*this, name);
  NodeAgentConfig config;
  config.name = name;
  config.cores = node.cores;
  config.memory_bytes = node.memory_bytes;
  config.labels = node.labels;
  config.supervisor = supervisor_peer(name);
  config.others = node.doors;
  config.on_supervisors = [&node](const Supervisors& known) { node.doors = known.doors; };
  node.data = system_->spawn(data_server, DataServerConfig{});
  config.chunks = node.chunks;
  config.data = node.data;
  config.launcher = node.launcher;
  if (network_ != nullptr) config.host = name;
  node.agent = system_->spawn(node_agent, std::move(config));
  if (network_ == nullptr) return;
  node.process = system_.isolate(node.agent);
  system_.move(node.chunks, node.process);
  system_.move(node.data, node.process);
  network_->add_process(node.process, name, "node " + name);
  node.port = network_->listen(caf::actor_cast<caf::strong_actor_ptr>(node.agent), name, node.port);
  caf::anon_send(node.agent, join_atom_v, node.port);
}

void SimulatedCluster::kill_node(const std::string& name) {
  end_node(name, &SimulatedNetwork::kill);
}

void SimulatedCluster::vanish_node(const std::string& name) {
  end_node(name, &SimulatedNetwork::vanish);
}

void SimulatedCluster::end_node(const std::string& name,
                                void (SimulatedNetwork::*how)(std::uint64_t)) {
  auto& node = nodes_.at(name);
  if (!std::exchange(node.alive, false)) return;
  std::erase_if(executors_, [&](const auto& entry) {
    if (entry.second.node == name) (network_->*how)(entry.second.process);
    return entry.second.node == name;
  });
  (network_->*how)(node.process);
}

Incarnation SimulatedCluster::executor_on(const std::string& node) const {
  Incarnation newest;
  for (const auto& [incarnation, executor] : executors_) {
    if (executor.node == node) newest = incarnation;
  }
  return newest;
}

void SimulatedCluster::kill_executor(Incarnation incarnation, const std::string& reason) {
  const auto found = executors_.find(incarnation);
  if (found == executors_.end()) return;
  const auto executor = found->second;
  executors_.erase(found);
  if (network_ != nullptr) {
    network_->kill(executor.process);
  } else {
    system_.kill(executor.process);
  }
  tell_exit(executor, reason);
}

void SimulatedCluster::tell_exit(const SimulatedExecutor& executor, const std::string& reason) {
  caf::anon_send(nodes_.at(executor.node).agent, exited_atom_v,
                 ExecutorExit{executor.launch.job, executor.launch.incarnation, reason});
}

void SimulatedCluster::executor_ended(Incarnation incarnation, const std::string& reason) {
  const auto found = executors_.find(incarnation);
  if (found == executors_.end()) return;
  const auto executor = found->second;
  executors_.erase(found);
  system_.kill_soon(executor.process);
  tell_exit(executor, reason);
}

}  // namespace dk::test
