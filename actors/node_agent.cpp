// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/node_agent.hpp"

#include "actors/dial.hpp"
#include "actors/doors.hpp"
#include "actors/last_words.hpp"
#include "actors/logic/memory_watch.hpp"

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include <numeric>
#include <optional>
#include <set>
#include <vector>

namespace dk {
namespace {

/// A node looks at the memory of its executors, and at its certificate, this often.
constexpr std::chrono::milliseconds kWatch{250};

struct AgentState {
  LocalNodeAgentActor::pointer self = nullptr;
  NodeAgentConfig config;
  std::uint16_t port = 0;
  std::optional<Doors> doors;
  SupervisorActor supervisor;  ///< null while there is none
  caf::actor_addr door;        ///< through which it was reached, or is being asked
  bool joining = false;        ///< asked, and not answered yet
  std::int64_t certificate_told = 0;
  std::set<Incarnation> executors;
  std::vector<ExecutorExit> unreported;

  void join();
  void joined(const SupervisorActor& handle, const Joined& reply);
  void exited(const ExecutorExit& exit);
  void hear(const Supervisors& news);
  void retry(const Error& why);
  void down(const caf::actor_addr& source);
  void watch_memory();
  void watch_certificate();
  [[nodiscard]] NodeInfo own_info();
  [[nodiscard]] std::string status() const;
};

NodeInfo AgentState::own_info() {
  NodeInfo info;
  info.name = config.name;
  info.cluster = config.cluster;
  info.cores = config.cores;
  info.agent = {config.host, port, caf::actor_cast<caf::strong_actor_ptr>(self)};
  info.executors = {executors.begin(), executors.end()};
  info.memory_bytes = config.memory_bytes;
  info.labels = config.labels;
  if (config.certificate_ends) info.certificate_ends = config.certificate_ends();
  certificate_told = info.certificate_ends;
  return info;
}

void AgentState::join() {
  if (supervisor || joining) return;
  joining = true;
  dial<SupervisorActor>(
      self, doors->current(),
      [this](const SupervisorActor& handle) {
        // A request gets no answer when its connection ends.
        door = handle.address();
        self->monitor(handle);
        self->request(handle, defaults::kControlTimeout, join_atom_v, own_info())
            .then([this, handle](const Joined& reply) { joined(handle, reply); },
                  [this, handle](const caf::error& why) {
                    if (joining && handle.address() == door) retry(from_caf(why));
                  });
      },
      [this](const Error& why) { retry(why); });
}

void AgentState::joined(const SupervisorActor& handle, const Joined& reply) {
  // Late: it had counted as lost, and somebody is asked again.
  if (!joining || handle.address() != door) return;
  if (!reply.incarnation) {
    doors->add(reply.supervisors.doors);
    return retry({Errc::kUnavailable, "another one is the supervisor"});
  }
  if (reply.supervisors.term < doors->term())
    return retry({Errc::kUnavailable, "that supervisor has been replaced"});
  if (config.cluster.empty() && config.on_cluster) {
    if (auto adopted = config.on_cluster(reply.cluster); !adopted) return retry(adopted.error());
  }
  config.cluster = reply.cluster;
  joining = false;
  supervisor = reply.supervisor ? caf::actor_cast<SupervisorActor>(reply.supervisor) : handle;
  if (supervisor != handle) self->monitor(supervisor);
  hear(reply.supervisors);
  spdlog::info("{} joined cluster {}", config.name, reply.cluster);
  for (const auto& exit : std::exchange(unreported, {}))
    self->send(supervisor, exited_atom_v, exit);
}

void AgentState::exited(const ExecutorExit& exit) {
  spdlog::info("executor {} of job {}: {}", exit.incarnation, exit.job,
               LastWords::split(exit.reason).reason);
  executors.erase(exit.incarnation);
  if (supervisor) return self->send(supervisor, exited_atom_v, exit);
  unreported.push_back(exit);
}

void AgentState::hear(const Supervisors& news) {
  if (doors->hear(news) && news.doors.size() > 1 && config.on_supervisors)
    config.on_supervisors(news);
}

void AgentState::retry(const Error& why) {
  joining = false;
  if (door) self->demonitor(std::exchange(door, nullptr));
  if (why.code == Errc::kInvalid) {
    if (config.on_refused) {
      config.on_refused(why);
    } else {
      spdlog::error("{}", why.message);
    }
    return self->quit();
  }
  spdlog::debug("join: {}", why.message);
  if (doors->next()) return join();
  self->delayed_send(self, defaults::kRedial, join_atom_v);
}

void AgentState::down(const caf::actor_addr& source) {
  if (source != door && (!supervisor || source != supervisor.address())) return;
  if (joining) return retry({Errc::kUnavailable, "the connection was lost"});
  if (!supervisor) return;
  if (!config.host.empty()) spdlog::warn("lost the supervisor; looking for it");
  supervisor = nullptr;
  door = nullptr;
  doors->lost();
  join();
}

void AgentState::watch_memory() {
  const auto executors_now = config.launcher->memory();
  std::vector<std::uint64_t> used;
  for (const auto& executor : executors_now) used.push_back(executor.bytes);
  if (const auto victim = beyond_memory(used, config.memory_bytes)) {
    const auto all = std::accumulate(used.begin(), used.end(), std::uint64_t{0});
    const auto why = memory_verdict(used[*victim], all, config.memory_bytes, config.name);
    spdlog::error("executor {}: {}", executors_now[*victim].incarnation, why);
    config.launcher->end(executors_now[*victim].incarnation, why);
  }
}

void AgentState::watch_certificate() {
  if (supervisor && config.certificate_ends() != certificate_told)
    self->send(supervisor, put_atom_v, own_info());
}

std::string AgentState::status() const {
  if (supervisor)
    return fmt::format("in cluster {}, executors: {}", config.cluster, executors.size());
  const auto& asked = doors->current();
  return fmt::format("looking for the supervisor, at {}:{} now", asked.host, asked.port);
}

}  // namespace

LocalNodeAgentActor::behavior_type node_agent(LocalNodeAgentActor::pointer self,
                                              NodeAgentConfig config) {
  auto state = std::make_shared<AgentState>();
  state->self = self;
  state->config = std::move(config);
  state->doors.emplace(state->config.supervisor, state->config.others);
  self->set_down_handler(
      [state = state.get()](const caf::down_msg& message) { state->down(message.source); });
  if (state->config.memory_bytes > 0 || state->config.certificate_ends)
    self->send(self, tick_atom_v);
  if (state->config.host.empty()) self->send(self, join_atom_v);
  return {
      [state](put_atom, const Supervisors& news) { state->hear(news); },
      [state](launch_atom, const ExecutorLaunch& launch) -> caf::result<std::uint32_t> {
        if (launch.term < state->doors->term())
          return to_caf({Errc::kStaleIncarnation, "that supervisor has been replaced"});
        auto pid = state->config.launcher->launch(launch, state->doors->current());
        if (pid) state->executors.insert(launch.incarnation);
        return answer(std::move(pid));
      },
      [state](kill_atom, Incarnation incarnation, std::uint64_t term) {
        if (term >= state->doors->term()) state->config.launcher->kill(incarnation);
      },
      [state](store_atom) { return caf::actor_cast<caf::strong_actor_ptr>(state->config.chunks); },
      [state](data_atom) { return caf::actor_cast<caf::strong_actor_ptr>(state->config.data); },
      [state](drain_atom) -> caf::result<bool> {
        if (!state->supervisor) return to_caf({Errc::kUnavailable, "no supervisor is there"});
        return state->self->delegate(state->supervisor, drain_atom_v, state->config.name);
      },
      [state](get_atom) {
        return caf::result<bool, std::string>(state->supervisor != nullptr, state->status());
      },
      [state](exited_atom, const ExecutorExit& exit) { state->exited(exit); },
      [state](join_atom, std::uint16_t port) {
        state->port = port;
        state->join();
      },
      [state](join_atom) { state->join(); },
      [state](tick_atom) {
        if (state->config.memory_bytes > 0) state->watch_memory();
        if (state->config.certificate_ends) state->watch_certificate();
        state->self->delayed_send(state->self, kWatch, tick_atom_v);
      },
  };
}

}  // namespace dk
