// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/advertise.hpp"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace dk {
namespace {

/// The numeric address of the socket's own end; empty when it has none.
std::string own_address(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  char text[NI_MAXHOST] = "";
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
  if (::getnameinfo(reinterpret_cast<const sockaddr*>(&address), length, text, sizeof text, nullptr,
                    0, NI_NUMERICHOST) != 0) {
    return {};
  }
  return text;
}

}  // namespace

bool is_wildcard(std::string_view host) {
  return host == "0.0.0.0" || host == "::" || host == "[::]" || host == "0" || host == "*";
}

Result<std::string> address_towards(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  const auto service = std::to_string(port);
  if (const int code = ::getaddrinfo(host.c_str(), service.c_str(), &hints, &found); code != 0)
    return fail(Errc::kUnavailable, "{}: {}", host, ::gai_strerror(code));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  std::string why = "it has no address";
  for (const auto* candidate = found; candidate != nullptr; candidate = candidate->ai_next) {
    const int fd = ::socket(candidate->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) continue;
    // Connecting a datagram socket only looks up the route.
    const bool routed = ::connect(fd, candidate->ai_addr, candidate->ai_addrlen) == 0;
    const int code = errno;
    auto address = routed ? own_address(fd) : std::string();
    ::close(fd);
    if (!address.empty()) return address;
    why = std::strerror(code);
  }
  return fail(Errc::kUnavailable, "no way to {}: {}", host, why);
}

}  // namespace dk
