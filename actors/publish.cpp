// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/publish.hpp"

#include "actors/error.hpp"
#include "actors/runtime_config.hpp"
#include "actors/tls_wire.hpp"

#include <caf/all.hpp>
#include <caf/io/middleman.hpp>

#include <set>

namespace dk {

Result<std::uint16_t> publish(caf::actor_system& system, const caf::strong_actor_ptr& actor,
                              const std::string& host, std::uint16_t port) {
  const auto* config = dynamic_cast<const RuntimeConfig*>(&system.config());
  const bool secured = config != nullptr && config->wire;
  const auto middleman = secured ? config->wire->middleman() : system.middleman().actor_handle();
  Result<std::uint16_t> published;
  caf::scoped_actor self{system};
  self->request(middleman, caf::infinite, caf::publish_atom::value, port, actor,
                std::set<std::string>{}, host, true)
      .receive([&](std::uint16_t taken) { published = taken; },
               [&](const caf::error& why) {
                 published =
                     fail(Errc::kInUse, "cannot listen on {}:{} ({}); is another program using it?",
                          host, port, from_caf(why).message);
               });
  return published;
}

}  // namespace dk
