// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/launcher.hpp"
#include "actors/protocol.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace dk {

using LocalNodeAgentActor = NodeAgentActor::extend<
    // This machine is about to leave: answers when nothing runs here any more.
    caf::replies_to<drain_atom>::with<bool>,
    // Whether it has joined, and a line for people (HealthActor).
    caf::replies_to<get_atom>::with<bool, std::string>,
    // An executor that this agent launched is gone.
    caf::reacts_to<exited_atom, ExecutorExit>,
    // It is published at this port from now on: dial the supervisor and join.
    caf::reacts_to<join_atom, std::uint16_t>,
    // INTERNAL: dial the supervisor and join.
    caf::reacts_to<join_atom>,
    // INTERNAL: look at the executors' memory and the certificate.
    caf::reacts_to<tick_atom>>;

struct NodeAgentConfig {
  std::string name;
  std::uint32_t cores = 1;
  /// For all executors together: beyond it the largest is ended; 0: nobody looks.
  std::uint64_t memory_bytes = 0;
  std::map<std::string, std::string> labels{};
  /// When the certificate ends that it uses now, in seconds since 1970; null: it has none.
  std::function<std::int64_t()> certificate_ends{};
  /// Where other nodes dial this one; empty: everything lives in one process, and it joins at once.
  std::string host;
  Peer supervisor;
  /// Other doors to try when that one does not lead.
  std::vector<Peer> others{};
  ChunkStoreActor chunks;
  DataServerActor data;
  /// Executors come to life through this; `on_exit` has to send `exited` to the agent.
  std::shared_ptr<Launcher> launcher;
  /// The cluster this node's data belong to; empty before its first join.
  std::string cluster;
  /// Runs at the first join with the cluster's id, to make it durable. An error ends the agent.
  std::function<Result<void>(const std::string&)> on_cluster;
  /// Runs when the cluster's candidates are known, to make them durable.
  std::function<void(const Supervisors&)> on_supervisors{};
  /// Runs when the supervisor refuses this node for good.
  std::function<void(const Error&)> on_refused;
};

/// One machine's daemon: joins the supervisor and joins again whenever the link was lost, starts
/// and ends executors, passes on how they ended, and lends out the node's chunk store and data
/// server.
LocalNodeAgentActor::behavior_type node_agent(LocalNodeAgentActor::pointer self,
                                              NodeAgentConfig config);

}  // namespace dk
