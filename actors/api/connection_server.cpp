// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/connection_server.hpp"

#include "actors/api/api_error.hpp"

#include <fcntl.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <functional>
#include <memory>
#include <utility>

namespace dk::api {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kWritePatience{10};
constexpr std::chrono::milliseconds kLinger{500};
constexpr int kSliceMs = 100;
/// How long the thread that accepts looks after somebody whom it sends away.
constexpr int kRefusalMs = 20;
/// More connections than these wait in the queue of the kernel and of the pool.
constexpr std::size_t kThreads = 32;

/// Set while a connection is handled that is one too many.
thread_local bool refusing = false;

/// httplib's pool, whose queue has an end: what is too much is handled at once by the thread that
/// brings it, with `refusing` set.
class BoundedPool : public httplib::TaskQueue {
 public:
  BoundedPool(std::size_t threads, Places& places) : pool_(threads), places_(places) {}

  void enqueue(std::function<void()> work) override {
    auto place = places_.take({});
    if (!place) {
      refusing = true;
      work();
      refusing = false;
      return;
    }
    pool_.enqueue([work = std::move(work), place = std::move(place)] { work(); });
  }
  void shutdown() override { pool_.shutdown(); }

 private:
  httplib::ThreadPool pool_;
  Places& places_;
};

class Connection : public httplib::Stream {
 public:
  /// `session` is null in the clear.
  Connection(socket_t socket, SSL* session, std::string from, const ConnectionServer& server)
      : socket_(socket),
        session_(session),
        from_(std::move(from)),
        server_(server),
        request_deadline_(Clock::now() + std::chrono::seconds(ConnectionServer::kRequestSeconds)) {}

  [[nodiscard]] bool is_readable() const override {
    return (session_ != nullptr && ::SSL_pending(session_) > 0) || ready(POLLIN, request_deadline_);
  }

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
    if (session_ == nullptr) return ::send(socket_, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    std::size_t count = 0;
    const auto deadline = Clock::now() + kWritePatience;
    while (::SSL_write_ex(session_, data, size, &count) != 1)
      if (!can_go_on(deadline)) return -1;
    return static_cast<ssize_t>(count);
  }

  void get_remote_ip_and_port(std::string& ip, int&) const override { ip = from_; }
  void get_local_ip_and_port(std::string&, int&) const override {}
  [[nodiscard]] socket_t socket() const override { return socket_; }

  /// Takes what the peer is still sending, so that the answer reaches it before a reset does.
  void linger() {
    if (session_ != nullptr) ::SSL_shutdown(session_);
    ::shutdown(socket_, SHUT_WR);
    const auto deadline = Clock::now() + kLinger;
    while (ready(POLLIN, deadline) && ::recv(socket_, buffer_.data(), buffer_.size(), 0) > 0) {
    }
  }

 private:
  bool fill() {
    if (received_ >= ConnectionServer::kRequestBytes || !is_readable()) return false;
    const ssize_t count = receive();
    if (count <= 0) return false;
    first_ = 0;
    last_ = static_cast<std::size_t>(count);
    received_ += last_;
    return true;
  }

  ssize_t receive() {
    if (session_ == nullptr) return ::recv(socket_, buffer_.data(), buffer_.size(), 0);
    std::size_t count = 0;
    while (::SSL_read_ex(session_, buffer_.data(), buffer_.size(), &count) != 1)
      if (!can_go_on(request_deadline_)) return -1;
    return static_cast<ssize_t>(count);
  }

  /// After a call on the session that has failed: waits for what it needs; false when it is over.
  [[nodiscard]] bool can_go_on(Clock::time_point deadline) const {
    const int code = ::SSL_get_error(session_, 0);
    ::ERR_clear_error();
    if (code == SSL_ERROR_WANT_READ) return ready(POLLIN, deadline);
    return code == SSL_ERROR_WANT_WRITE && ready(POLLOUT, deadline);
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
  SSL* session_;
  std::string from_;
  const ConnectionServer& server_;
  Clock::time_point request_deadline_;
  std::array<char, 16384> buffer_{};
  std::size_t first_ = 0;
  std::size_t last_ = 0;
  std::size_t received_ = 0;
};

}  // namespace

ConnectionServer::ConnectionServer(std::optional<Security> security, const ConnectionLimits& limits)
    : places_(limits) {
  if (security) {
    secured_.emplace(kThreads);
    const auto answer = [this](security::Connection connection) {
      auto place = places_.take(security::address_of_peer(connection.socket.get()));
      if (!place) return refuse(connection.socket, connection.session.get());
      // A pool's work has to be something that can be copied.
      const auto shared = std::make_shared<security::Connection>(std::move(connection));
      secured_->enqueue([this, shared, place = std::move(place)] {
        process(std::move(shared->socket), shared->session.get());
      });
    };
    handshakes_.emplace(security::Socket(), security->credentials,
                        security::Credentials::Peer::kAnyone, answer, security->refused);
  }
  const std::size_t threads = security ? 1 : kThreads;
  new_task_queue = [this, threads] { return new BoundedPool(threads, places_); };
  set_payload_max_length(kBodyBytes);
  // httplib's default is SO_REUSEPORT, with which two servers share a port and neither notices.
  set_socket_options([](socket_t socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
}

ConnectionServer::~ConnectionServer() {
  begin_stop();
  finish_stop();
}

void ConnectionServer::finish_stop() {
  handshakes_.reset();
  if (secured_) secured_->shutdown();
  secured_.reset();
}

bool ConnectionServer::process_and_close_socket(socket_t socket) {
  ::fcntl(socket, F_SETFD, FD_CLOEXEC);
  if (refusing) {
    const security::Socket closed_at_end(socket);
    if (!handshakes_) refuse(closed_at_end, nullptr);
    return false;
  }
  if (!handshakes_) return process(security::Socket(socket), nullptr);
  handshakes_->adopt(security::Socket(socket));
  return true;
}

void ConnectionServer::refuse(const security::Socket& socket, SSL* session) {
  static const std::string kAnswer = [] {
    const auto body =
        error_body({Errc::kUnavailable, "too many connections at once; come again in a second"});
    return fmt::format(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n"
        "Retry-After: 1\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{}",
        body.size(), body);
  }();
  if (session != nullptr) {
    std::size_t ignored = 0;
    ::SSL_write_ex(session, kAnswer.data(), kAnswer.size(), &ignored);
    ::ERR_clear_error();
    return;
  }
  ::send(socket.get(), kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  ::shutdown(socket.get(), SHUT_WR);
  // What has come already, so that the answer is not overtaken by a reset.
  pollfd entry{socket.get(), POLLIN, 0};
  std::array<char, 16384> request{};
  if (::poll(&entry, 1, kRefusalMs) > 0)
    static_cast<void>(::recv(socket.get(), request.data(), request.size(), MSG_DONTWAIT));
}

bool ConnectionServer::process(security::Socket socket, SSL* session) {
  Connection connection(socket.get(), session, security::address_of_peer(socket.get()), *this);
  bool closed = false;
  const bool ok = process_request(connection, true, closed,
                                  [&](httplib::Request& request) { request.ssl = session; });
  connection.linger();
  return ok;
}

}  // namespace dk::api
