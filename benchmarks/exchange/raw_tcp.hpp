// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <vector>

namespace dk::bench {

/// A socket of ours; closed at the end.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Socket();
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

/// A loopback listener on a free port.
class RawListener {
 public:
  static Result<RawListener> open();
  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// Answers one client's commands until it leaves; blocks.
  void serve_one() const;

 private:
  Socket socket_;
  std::uint16_t port_ = 0;
};

/// What the machine's TCP does with the same bytes and no runtime around them: one thread on each
/// side, which sends and receives as the socket allows.
class RawClient {
 public:
  /// `largest`: bytes of the largest transfer.
  static Result<RawClient> connect(std::uint16_t port, std::size_t largest);

  /// Seconds for `bytes` each way at the same time.
  double exchange(std::size_t bytes);
  /// Seconds for `bytes` there and one byte back.
  double push(std::size_t bytes);
  /// Seconds for one small message there and one back.
  double round_trip();

 private:
  double run(std::size_t there, std::size_t back);

  Socket socket_;
  std::vector<char> out_;
  std::vector<char> in_;
};

}  // namespace dk::bench
