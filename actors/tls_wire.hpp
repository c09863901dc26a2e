// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/security/credentials.hpp"
#include "actors/security/handshake.hpp"
#include "base/result.hpp"

#include <caf/actor_system.hpp>
#include <caf/io/middleman_actor.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dk {

/// CAF between nodes over mutual TLS: what an actor system of ours has in the middleman's place.
/// CAF sees a connection only once its handshake is done, on other threads than its own: a peer
/// that does not finish one costs the network thread nothing, and one that is no node of the
/// cluster never gets a byte of its own before CAF. A peer that is revoked while connected is cut
/// off within seconds.
class TlsWire {
 public:
  explicit TlsWire(std::shared_ptr<security::Credentials> credentials);

  [[nodiscard]] const security::Credentials& credentials() const { return *credentials_; }
  [[nodiscard]] std::shared_ptr<security::Credentials> shared_credentials() const {
    return credentials_;
  }

  /// Dials like the middleman, but takes the connections that `connect` has made.
  [[nodiscard]] caf::io::middleman_actor middleman() const { return middleman_; }

  /// Connects on this thread, for a dial of the middleman's to this address. kUnavailable,
  /// kInvalid. After it, `dialled` says that the dial is over: the middleman does not connect to
  /// whom it knows.
  Result<void> connect(const std::string& host, std::uint16_t port);
  void dialled(const std::string& host, std::uint16_t port);
  /// The newest connection that was made for the middleman; none without one.
  std::optional<security::Connection> take(const std::string& host, std::uint16_t port);

  /// Logs that somebody was refused: once a minute for each address.
  void refused(const std::string& from, const std::string& why);

  /// The part of an actor system that keeps the middleman alive.
  [[nodiscard]] static caf::actor_system::module* make_module(caf::actor_system& system,
                                                              std::shared_ptr<TlsWire> wire);

 private:
  class Module;
  using Address = std::pair<std::string, std::uint16_t>;
  struct Made {
    std::vector<security::Connection> connections;
    std::size_t dials = 0;
  };

  std::shared_ptr<security::Credentials> credentials_;
  caf::io::middleman_actor middleman_;
  std::mutex mutex_;
  std::map<Address, Made> made_;
  std::map<std::string, std::pair<std::chrono::steady_clock::time_point, std::size_t>> refusals_;
};

}  // namespace dk
