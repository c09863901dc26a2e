// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/defaults.hpp"
#include "actors/error.hpp"
#include "actors/supervisor/supervisor_state.hpp"
#include "base/wall_time.hpp"

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

namespace dk {
namespace {

constexpr double kDayMs = 24.0 * 3600 * 1000;

const char* state_of(const ClusterNode& node) {
  if (!node.alive) return "lost";
  if (node.drained) return "drained";
  return node.draining ? "draining" : "alive";
}

}  // namespace

caf::result<Joined> SupervisorState::join(const NodeInfo& info) {
  if (const auto fits = check_protocol("node " + info.name, info.protocol); !fits)
    return to_caf(fits.error());
  if (!info.agent.handle) return to_caf({Errc::kInvalid, "a node joined without its handle"});
  if (!info.cluster.empty() && info.cluster != config.cluster) {
    return to_caf(
        {Errc::kInvalid, fmt::format("the data of node {} belong to cluster {}, this is cluster {}",
                                     info.name, info.cluster, config.cluster)});
  }
  const auto same = find(info.name);
  const auto address = [](const NodeInfo& node) {
    return std::pair(node.agent.host, node.agent.port);
  };
  if (same != nodes.end() && same->alive && address(same->info) != address(info)) {
    // Its last life may not have been noticed as dead yet; if it is another machine, it will hear
    // this for ever.
    return to_caf(
        {Errc::kUnavailable, fmt::format("a node named {} is in the cluster already, at {}:{}",
                                         info.name, same->info.agent.host, same->info.agent.port)});
  }
  auto promise = self->make_response_promise<Joined>();
  self->request(config.journal, defaults::kControlTimeout, get_atom_v, std::uint64_t{1})
      .then(
          [this, info, promise](Incarnation incarnation) mutable {
            joined(info, incarnation);
            promise.deliver(Joined{config.cluster, incarnation,
                                   caf::actor_cast<caf::strong_actor_ptr>(self),
                                   config.supervisors});
          },
          [promise](const caf::error& why) mutable { promise.deliver(why); });
  return promise;
}

void SupervisorState::joined(const NodeInfo& info, Incarnation incarnation) {
  std::erase_if(nodes, [&](const auto& node) { return node.info.name == info.name; });
  nodes.push_back(
      {info, incarnation, true, info.name == config.own_node, config.drained.contains(info.name)});
  std::ranges::sort(nodes, {}, [](const auto& node) { return node.info.name; });
  self->monitor(info.agent.handle);
  spdlog::info("node {} joined with {} cores", info.name, info.cores);
  tell_nodes();
}

void SupervisorState::news_of(const NodeInfo& info) {
  const auto node = find(info.name);
  if (node != nodes.end() && node->info.agent.handle == info.agent.handle)
    node->info.certificate_ends = info.certificate_ends;
}

void SupervisorState::down(const caf::down_msg& message) {
  if (queue.ended(message.source)) return queue.advance(told);
  for (auto& node : nodes) {
    if (!node.alive || !node.info.agent.handle ||
        message.source != node.info.agent.handle->address())
      continue;
    node.alive = false;
    spdlog::warn("node {} is lost", node.info.name);
    return tell_nodes();
  }
}

void SupervisorState::tell_nodes() {
  told = std::make_shared<const std::vector<ClusterNode>>(nodes);
  queue.advance(told);
}

void SupervisorState::empty(const std::string& name, std::function<void()> then) {
  const auto node = find(name);
  node->draining = true;
  tell_nodes();
  const auto jobs = queue.running();
  auto left = std::make_shared<std::size_t>(jobs.size());
  auto done = [this, name, then = std::move(then)] {
    if (const auto emptied = find(name); emptied != nodes.end())
      emptied->drained = emptied->draining;
    then();
  };
  if (jobs.empty()) return done();
  for (const auto& job : jobs) {
    const auto one_done = [done, left] {
      if (--*left == 0) done();
    };
    self->request(job, caf::infinite, drain_atom_v, name)
        .then([one_done](bool) { one_done(); },
              // The job has ended.
              [one_done](const caf::error&) { one_done(); });
  }
}

caf::result<bool> SupervisorState::leave(const std::string& name) {
  if (find(name) == nodes.end())
    return to_caf({Errc::kNotFound, fmt::format("there is no node {}", name)});
  spdlog::info("node {} is leaving", name);
  auto promise = self->make_response_promise<bool>();
  empty(name, [promise]() mutable { promise.deliver(true); });
  return promise;
}

caf::result<bool> SupervisorState::drain(const std::string& name, bool on) {
  const auto node = find(name);
  if (node == nodes.end())
    return to_caf({Errc::kNotFound, fmt::format("there is no node {}", name)});
  if (on) {
    config.drained.insert(name);
  } else {
    config.drained.erase(name);
    node->draining = node->drained = false;
    tell_nodes();
  }
  const auto list = nlohmann::json(config.drained).dump();
  auto entry = std::make_shared<JournalEntry>();
  entry->batch.put_value(kDrainedKey, std::as_bytes(std::span(list)));
  auto promise = self->make_response_promise<bool>();
  self->request(config.journal, caf::infinite, put_atom_v, JournalEntryPtr(std::move(entry)))
      .then(
          [this, name, on, promise](bool) mutable {
            if (on && config.drained.contains(name) && find(name) != nodes.end())
              empty(name, [] {});
            promise.deliver(true);
          },
          [this, name, on, promise](const caf::error& why) mutable {
            // What is refused is not done, unless another order came meanwhile.
            if (config.drained.contains(name) == on) {
              if (on) {
                config.drained.erase(name);
              } else {
                config.drained.insert(name);
              }
            }
            promise.deliver(why);
          });
  return promise;
}

void SupervisorState::tell(const Supervisors& supervisors) {
  config.supervisors = supervisors;
  for (const auto& node : nodes) {
    if (node.alive)
      self->send(caf::actor_cast<NodeAgentActor>(node.info.agent.handle), put_atom_v, supervisors);
  }
  for (const auto& job : queue.running()) self->send(job, put_atom_v, supervisors);
}

nlohmann::json SupervisorState::nodes_json() const {
  auto list = nlohmann::json::array();
  for (const auto& node : nodes) {
    list.push_back({{"name", node.info.name},
                    {"address", fmt::format("{}:{}", node.info.agent.host, node.info.agent.port)},
                    {"cores", node.info.cores},
                    {"memory_bytes", node.info.memory_bytes},
                    {"labels", node.info.labels},
                    {"protocol", node.info.protocol},
                    {"state", state_of(node)},
                    {"incarnation", node.incarnation.value},
                    {"role", node.supervisor ? "supervisor" : "node"},
                    {"supervisor", node.supervisor}});
    if (const auto ends = node.info.certificate_ends * 1000; ends != 0) {
      list.back()["certificate_ends"] = iso_time(ends);
      list.back()["certificate_days_left"] = static_cast<double>(ends - wall_ms()) / kDayMs;
    }
  }
  return list;
}

caf::result<std::string> SupervisorState::list_nodes() {
  if (!config.candidate) return nodes_json().dump();
  auto promise = self->make_response_promise<std::string>();
  self->request(config.candidate, defaults::kControlTimeout, get_atom_v)
      .then(
          [this, promise](const std::string& candidates) mutable {
            auto list = nodes_json();
            for (const auto& candidate : nlohmann::json::parse(candidates)) {
              const auto is_it = [&](const auto& node) {
                return node.at("name") == candidate.at("name");
              };
              auto node = std::ranges::find_if(list, is_it);
              // One that has not joined this supervisor yet, and may never do.
              if (node == list.end()) {
                list.push_back(nlohmann::json{{"state", "lost"}, {"supervisor", false}});
                node = std::prev(list.end());
              }
              node->update(candidate);
            }
            promise.deliver(list.dump());
          },
          [promise](const caf::error& why) mutable { promise.deliver(why); });
  return promise;
}

}  // namespace dk
