// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/defaults.hpp"
#include "actors/dialer.hpp"
#include "actors/error.hpp"
#include "actors/protocol.hpp"

#include <caf/abstract_actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/middleman_actor.hpp>

#include <set>
#include <string>

namespace dk {

/// Gets a handle with a direct link to `peer`, never through a third node, and hands it to `done`,
/// or the reason to `failed`; one of them runs, within kDialTimeout. Handles of this process are
/// taken as they are, as long as their actor lives.
template <class Handle, class Self, class Done, class Failed>
void dial(Self* self, const Peer& peer, Done done, Failed failed) {
  if (peer.host.empty()) {
    if (!peer.handle) return failed(Error{Errc::kUnavailable, "no address to dial"});
    if (peer.handle->get()->getf(caf::abstract_actor::is_terminated_flag))
      return failed(Error{Errc::kUnavailable, "it has ended"});
    return done(caf::actor_cast<Handle>(peer.handle));
  }
  const auto where = fmt::format("{}:{}", peer.host, peer.port);
  self->request(dialer(self->system()), defaults::kDialTimeout, caf::connect_atom::value, peer.host,
                peer.port)
      .then(
          [done, failed, where](const caf::node_id&, caf::strong_actor_ptr& handle,
                                const std::set<std::string>& interface) {
            if (!handle || !handle->get())
              return failed(Error{Errc::kUnavailable, where + " publishes no actor"});
            static_cast<void>(interface);
            // The middleman may not have heard yet that the connection it knows is lost; what is
            // sent there would get no answer.
            if (handle->get()->getf(caf::abstract_actor::is_terminated_flag))
              return failed(Error{Errc::kUnavailable, where + ": its connection was lost"});
            done(caf::actor_cast<Handle>(handle));
          },
          [failed, where](const caf::error& why) {
            failed(Error{Errc::kUnavailable,
                         fmt::format("cannot reach {}: {}", where, from_caf(why).message)});
          });
}

}  // namespace dk
