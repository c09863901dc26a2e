// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/api/places.hpp"
#include "actors/api/security.hpp"
#include "actors/security/handshake.hpp"

#include <httplib.h>

#include <atomic>
#include <cstddef>
#include <optional>

namespace dk::api {

/// httplib's server with what its 0.11 lacks against hostile or stuck peers: one request per
/// connection, read within kRequestSeconds and kRequestBytes in all (lines, headers and chunked
/// bodies included), sockets that are not inherited by child processes, and an end within a
/// fraction of a second once `stopping()` is true. A connection that is one too many gets a 503 at
/// once. With `security` it speaks TLS only: the handshakes are done on one thread, so that those
/// that stand still keep nobody off the threads that answer. `Request::ssl` is then set.
class ConnectionServer : public httplib::Server {
 public:
  static constexpr int kRequestSeconds = 20;
  static constexpr std::size_t kBodyBytes = std::size_t{8} << 20;
  static constexpr int kBacklog = 256;
  static constexpr std::size_t kRequestBytes = kBodyBytes + (std::size_t{1} << 20);

  ConnectionServer(std::optional<Security> security, const ConnectionLimits& limits);

  ~ConnectionServer() override;

  /// After `bind`: lets more connections than httplib's 5 wait to be accepted; others would have to
  /// come again after a second.
  void widen_backlog() { ::listen(svr_sock_, kBacklog); }
  void begin_stop() { stopping_ = true; }
  /// After `stop` and the end of `listen`: returns when no request is being answered any more.
  void finish_stop();
  [[nodiscard]] bool stopping() const { return stopping_; }

 private:
  bool process_and_close_socket(socket_t socket) override;

  /// `session` is null in the clear.
  bool process(security::Socket socket, SSL* session);

  /// Says that there are too many, in the clear or over a session.
  static void refuse(const security::Socket& socket, SSL* session);

  Places places_;
  std::optional<httplib::ThreadPool> secured_;  ///< answers those whose handshake is done
  std::optional<security::Handshakes> handshakes_;
  std::atomic<bool> stopping_ = false;
};

}  // namespace dk::api
