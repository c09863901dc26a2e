// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <string>

namespace dk::test {

/// The socket on which a service manager hears what its services say (sd_notify(3)).
class NotifySocket {
 public:
  NotifySocket() : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto text = path();
    std::memcpy(address.sun_path, text.c_str(), text.size() + 1);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  ~NotifySocket() { ::close(fd_); }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  [[nodiscard]] std::string path() const { return dir_ / "notify"; }

  /// The next datagram; empty when none comes within `patience`.
  [[nodiscard]] std::string next(std::chrono::milliseconds patience) const {
    pollfd entry{fd_, POLLIN, 0};
    if (::poll(&entry, 1, static_cast<int>(patience.count())) <= 0) return {};
    char text[4096];
    const auto size = ::recv(fd_, text, sizeof text, 0);
    return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
  }

  /// The first datagram with this text in it; empty when none comes.
  [[nodiscard]] std::string wait_for(const std::string& wanted,
                                     std::chrono::milliseconds patience) const {
    for (;;) {
      auto text = next(patience);
      if (text.empty() || text.find(wanted) != std::string::npos) return text;
    }
  }

 private:
  TempDir dir_;
  int fd_;
};

}  // namespace dk::test
