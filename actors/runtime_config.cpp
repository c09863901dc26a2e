// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/runtime_config.hpp"

#include "actors/defaults.hpp"
#include "actors/protocol.hpp"
#include "actors/tls_wire.hpp"

#include <caf/atom.hpp>
#include <caf/io/middleman.hpp>
#include <malloc.h>

#include <algorithm>
#include <thread>

namespace dk {

RuntimeConfig::RuntimeConfig(Network network, std::shared_ptr<security::Credentials> credentials) {
  add_message_types<caf::id_block::dk>();
  // Work sharing wakes at once where work stealing polls; with no deserialisation workers CAF's
  // round trip is the machine's.
  set("scheduler.policy", caf::atom("sharing"));
  set("scheduler.max-threads", std::max<std::size_t>(2, std::thread::hardware_concurrency()));
  set("logger.file-verbosity", caf::atom("quiet"));
  if (network == Network::kTcp) {
    load<caf::io::middleman>();
    set("middleman.workers", std::size_t{0});
    set("middleman.heartbeat-interval", caf::timespan{defaults::kHeartbeat});
    set("middleman.connection-timeout", caf::timespan{defaults::kSilence});
  }
  if (network == Network::kTcp && credentials) {
    wire = std::make_shared<TlsWire>(std::move(credentials));
    module_factories.push_back(
        [this](caf::actor_system& system) { return TlsWire::make_module(system, wire); });
  }
}

void keep_large_buffers() {
  ::mallopt(M_MMAP_THRESHOLD, 1 << 30);
  ::mallopt(M_TRIM_THRESHOLD, 2'000'000'000);
}

}  // namespace dk
