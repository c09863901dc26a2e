// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/node_health.hpp"
#include "actors/protocol.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace dk {

/// Whoever answers how the node is: whether it has joined, and a line for people.
using HealthActor = caf::typed_actor<caf::replies_to<get_atom>::with<bool, std::string>>;

using HeartbeatActor = caf::typed_actor<
    // INTERNAL: ask again.
    caf::reacts_to<tick_atom>>;

struct HeartbeatConfig {
  HealthActor health;
  std::chrono::milliseconds period{1000};
  /// Runs on the actor's thread, after each answer.
  std::function<void(const NodeHealth&)> on_beat;
};

/// The pulse that a watchdog feels: asks the node's agent once per period. An agent that does not
/// answer, or a scheduler that does not run actors any more, is a pulse that has stopped; it goes
/// on when the answer comes.
HeartbeatActor::behavior_type heartbeat(HeartbeatActor::pointer self, HeartbeatConfig config);

}  // namespace dk
