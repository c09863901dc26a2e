// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/spawn_options.hpp>

#include <memory>

namespace dk {

class TlsWire;
namespace security {
class Credentials;
}

/// The CAF settings that every process of ours runs with: message types, scheduler, network. Keep
/// it alive as long as the actor system that is built from it.
class RuntimeConfig : public caf::actor_system_config {
 public:
  enum class Network {
    kNone,  ///< all actors live in this process
    kTcp,   ///< between processes: plain TCP, for loopback, or mutual TLS with credentials
  };

  explicit RuntimeConfig(Network network,
                         std::shared_ptr<security::Credentials> credentials = nullptr);

  /// Under the test coordinator no actor gets a thread of its own: time and order belong to the
  /// test.
  bool own_threads = true;
  /// Is asked for connections in the middleman's place: a simulated network. Its answers are the
  /// middleman's.
  caf::actor dialer;
  /// Set with credentials: publishes and dials in the middleman's place.
  std::shared_ptr<TlsWire> wire;
};

/// glibc hands large buffers back to the kernel after each message and faults them in again; this
/// keeps them (about 1.6x on 40 MB messages). Once, at the start of main.
void keep_large_buffers();

/// Spawns an actor that blocks or computes for long on a thread of its own.
template <class F, class... Args>
auto spawn_blocking(caf::actor_system& system, F&& behaviour, Args&&... args) {
  const auto* config = dynamic_cast<const RuntimeConfig*>(&system.config());
  if (config != nullptr && !config->own_threads) {
    return system.spawn(std::forward<F>(behaviour), std::forward<Args>(args)...);
  }
  return system.spawn<caf::detached>(std::forward<F>(behaviour), std::forward<Args>(args)...);
}

}  // namespace dk
