// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/api/access.hpp"

#include <httplib.h>

#include <atomic>
#include <cstddef>
#include <optional>
#include <string>

namespace dk::api {

/// httplib's server with what its 0.11 lacks against hostile or stuck peers: one request per
/// connection, read within kRequestSeconds and kRequestBytes in all (lines, headers and chunked
/// bodies included), sockets that are not inherited by child processes, and an end within a
/// fraction of a second once `stopping()` is true.
/// With `security` it speaks TLS only, and a handshake that is not done within kHandshakeSeconds
/// ends the connection; `Request::ssl` is then set.
class ConnectionServer : public httplib::Server {
 public:
  static constexpr int kHandshakeSeconds = 5;
  static constexpr int kRequestSeconds = 20;
  static constexpr std::size_t kBodyBytes = std::size_t{8} << 20;
  static constexpr std::size_t kRequestBytes = kBodyBytes + (std::size_t{1} << 20);

  explicit ConnectionServer(std::optional<Security> security = {});

  void begin_stop() { stopping_ = true; }
  [[nodiscard]] bool stopping() const { return stopping_; }

 private:
  bool process_and_close_socket(socket_t socket) override;

  /// Null when there is none.
  [[nodiscard]] security::Session shake_hands(socket_t socket, const std::string& from) const;

  std::optional<Security> security_;
  std::atomic<bool> stopping_ = false;
};

}  // namespace dk::api
