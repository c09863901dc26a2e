// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <httplib.h>

#include <atomic>
#include <cstddef>

namespace dk::api {

/// httplib's server with what its 0.11 lacks against hostile or stuck peers: one request per
/// connection, read within kRequestSeconds and kRequestBytes in all (lines, headers and chunked
/// bodies included), sockets that are not inherited by child processes, and an end within a
/// fraction of a second once `stopping()` is true.
class ConnectionServer : public httplib::Server {
 public:
  static constexpr int kRequestSeconds = 20;
  static constexpr std::size_t kBodyBytes = std::size_t{8} << 20;
  static constexpr std::size_t kRequestBytes = kBodyBytes + (std::size_t{1} << 20);

  ConnectionServer();

  void begin_stop() { stopping_ = true; }
  [[nodiscard]] bool stopping() const { return stopping_; }

 private:
  bool process_and_close_socket(socket_t socket) override;

  std::atomic<bool> stopping_ = false;
};

}  // namespace dk::api
