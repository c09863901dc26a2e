// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/connection_server.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>

namespace dk::api {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kWritePatience{10};
constexpr std::chrono::milliseconds kLinger{500};
constexpr int kSliceMs = 100;
/// More connections than these wait in the queue of the kernel and of the pool.
constexpr std::size_t kThreads = 32;

class Connection : public httplib::Stream {
 public:
  Connection(socket_t socket, const ConnectionServer& server)
      : socket_(socket),
        server_(server),
        request_deadline_(Clock::now() + std::chrono::seconds(ConnectionServer::kRequestSeconds)) {}

  [[nodiscard]] bool is_readable() const override { return ready(POLLIN, request_deadline_); }

  [[nodiscard]] bool is_writable() const override {
    char probe = 0;
    const bool closed = ::recv(socket_, &probe, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
    return !closed && ready(POLLOUT, Clock::now() + kWritePatience);
  }

  ssize_t read(char* data, std::size_t size) override {
    if (first_ == last_ && !fill()) return -1;
    const std::size_t count = std::min(size, last_ - first_);
    std::memcpy(data, buffer_.data() + first_, count);
    first_ += count;
    return static_cast<ssize_t>(count);
  }

  ssize_t write(const char* data, std::size_t size) override {
    if (!ready(POLLOUT, Clock::now() + kWritePatience)) return -1;
    return ::send(socket_, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
  }

  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  [[nodiscard]] socket_t socket() const override { return socket_; }

  /// Takes what the peer is still sending, so that the answer reaches it before a reset does.
  void linger() {
    ::shutdown(socket_, SHUT_WR);
    const auto deadline = Clock::now() + kLinger;
    while (ready(POLLIN, deadline) && ::recv(socket_, buffer_.data(), buffer_.size(), 0) > 0) {
    }
  }

 private:
  bool fill() {
    if (received_ >= ConnectionServer::kRequestBytes || !is_readable()) return false;
    const ssize_t count = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
    if (count <= 0) return false;
    first_ = 0;
    last_ = static_cast<std::size_t>(count);
    received_ += last_;
    return true;
  }

  [[nodiscard]] bool ready(short events, Clock::time_point deadline) const {
    while (!server_.stopping() && Clock::now() < deadline) {
      pollfd entry{socket_, events, 0};
      const int count = ::poll(&entry, 1, kSliceMs);
      if (count > 0) return true;
      if (count < 0 && errno != EINTR) return false;
    }
    return false;
  }

  socket_t socket_;
  const ConnectionServer& server_;
  Clock::time_point request_deadline_;
  std::array<char, 16384> buffer_{};
  std::size_t first_ = 0;
  std::size_t last_ = 0;
  std::size_t received_ = 0;
};

}  // namespace

ConnectionServer::ConnectionServer() {
  new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  set_payload_max_length(kBodyBytes);
  // httplib's default is SO_REUSEPORT, with which two servers share a port and neither notices.
  set_socket_options([](socket_t socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
}

bool ConnectionServer::process_and_close_socket(socket_t socket) {
  ::fcntl(socket, F_SETFD, FD_CLOEXEC);
  Connection connection(socket, *this);
  bool closed = false;
  const bool ok = process_request(connection, true, closed, nullptr);
  connection.linger();
  ::close(socket);
  return ok;
}

}  // namespace dk::api
