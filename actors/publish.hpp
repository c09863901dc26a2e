// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>

#include <cstdint>
#include <string>

namespace dk {

/// Makes an actor reachable at this address, over TLS if the process has certificates; port 0 is
/// any free one. Gives the port. kInUse.
Result<std::uint16_t> publish(caf::actor_system& system, const caf::strong_actor_ptr& actor,
                              const std::string& host, std::uint16_t port);

}  // namespace dk
