// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/heartbeat.hpp"

#include <caf/all.hpp>

#include <memory>
#include <utility>

namespace dk {

HeartbeatActor::behavior_type heartbeat(HeartbeatActor::pointer self, HeartbeatConfig config) {
  self->send(self, tick_atom_v);
  const auto shared = std::make_shared<HeartbeatConfig>(std::move(config));
  return {[self, shared](tick_atom) {
    self->request(shared->health, caf::infinite, get_atom_v)
        .then(
            [self, shared](bool joined, const std::string& status) {
              shared->on_beat({joined, status});
              self->delayed_send(self, shared->period, tick_atom_v);
            },
            // The agent is gone, and the process about to end.
            [](const caf::error&) {});
  }};
}

}  // namespace dk
