// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/exchange/raw_tcp.hpp"

#include "base/check.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <span>

namespace dk::bench {
namespace {

/// How many bytes the client sends after this, and how many it wants.
using Command = std::array<std::uint64_t, 2>;

constexpr std::size_t kSmall = 64;
/// Answers up to this size wait for the whole request.
constexpr std::size_t kAnswer = 64;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void at_once(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/// Sends and receives everything; false when the peer has left.
bool transfer(int fd, std::span<const char> out, std::span<char> in) {
  while (!out.empty() || !in.empty()) {
    const auto wanted = (out.empty() ? 0 : POLLOUT) | (in.empty() ? 0 : POLLIN);
    pollfd one{fd, static_cast<short>(wanted), 0};
    if (::poll(&one, 1, -1) < 0 && errno != EINTR) return false;
    if ((one.revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !in.empty()) {
      const auto got = ::recv(fd, in.data(), in.size(), MSG_DONTWAIT);
      if (got == 0 || (got < 0 && errno != EAGAIN)) return false;
      in = in.subspan(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    }
    if ((one.revents & POLLOUT) != 0 && !out.empty()) {
      const auto sent = ::send(fd, out.data(), out.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent < 0 && errno != EAGAIN) return false;
      out = out.subspan(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
    }
  }
  return true;
}

}  // namespace

Socket::~Socket() {
  if (fd_ >= 0) ::close(fd_);
}

Result<RawListener> RawListener::open() {
  RawListener listener;
  listener.socket_ = Socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  auto address = loopback(0);
  socklen_t size = sizeof address;
  const int fd = listener.socket_.fd();
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(fd, 4) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return fail(Errc::kIo, "cannot listen on loopback: {}", std::strerror(errno));
  }
  listener.port_ = ntohs(address.sin_port);
  return listener;
}

void RawListener::serve_one() const {
  const Socket client(::accept4(socket_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
  if (client.fd() < 0) return;
  at_once(client.fd());
  std::vector<char> in;
  std::vector<char> out;
  Command command{};
  const std::span<char> header(reinterpret_cast<char*>(command.data()), sizeof command);
  while (transfer(client.fd(), {}, header)) {
    if (in.size() < command[0]) in.resize(command[0]);
    if (out.size() < command[1]) out.resize(command[1], 'x');
    const auto request = std::span(in).first(command[0]);
    const auto reply = std::span<const char>(out).first(command[1]);
    const bool done = reply.size() > kAnswer
                          ? transfer(client.fd(), reply, request)
                          : transfer(client.fd(), {}, request) && transfer(client.fd(), reply, {});
    if (!done) return;
  }
}

Result<RawClient> RawClient::connect(std::uint16_t port, std::size_t largest) {
  RawClient client;
  client.socket_ = Socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = loopback(port);
  if (::connect(client.socket_.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address)) {
    return fail(Errc::kUnavailable, "cannot connect to port {}: {}", port, std::strerror(errno));
  }
  at_once(client.socket_.fd());
  client.out_.resize(largest + sizeof(Command), 'y');
  client.in_.resize(largest, 'z');
  return client;
}

double RawClient::run(std::size_t there, std::size_t back) {
  const Command command{there, back};
  std::memcpy(out_.data(), command.data(), sizeof command);
  const auto start = std::chrono::steady_clock::now();
  const bool done =
      transfer(socket_.fd(), std::span<const char>(out_).first(there + sizeof command),
               std::span(in_).first(back));
  DK_CHECK(done, "the raw peer is there until the end");
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double RawClient::exchange(std::size_t bytes) {
  return run(bytes, bytes);
}
double RawClient::push(std::size_t bytes) {
  return run(bytes, 1);
}
double RawClient::round_trip() {
  return run(kSmall, kSmall);
}

}  // namespace dk::bench
