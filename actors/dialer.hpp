// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>

namespace dk {

/// Answers one `(connect_atom, host, port)` as CAF's middleman does, and ends. Tries the address
/// first, on a thread of its own: CAF 0.17's middleman connects to one peer after the other, and
/// waits for minutes for a machine that has lost its power or its cable, with everybody else's
/// connections behind it.
caf::actor dialer(caf::actor_system& system);

}  // namespace dk
