// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/loopback.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <string>

namespace dk::api {
namespace {

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "::1") return true;
  in_addr address{};
  return ::inet_pton(AF_INET, std::string(host).c_str(), &address) == 1 &&
         (ntohl(address.s_addr) >> 24) == 127;
}

std::string_view host_of(std::string_view authority) {
  std::string_view host = authority.substr(0, authority.find(':'));
  std::string_view rest = authority.substr(host.size());
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos) return {};
    host = authority.substr(1, end - 1);
    rest = authority.substr(end + 1);
  }
  const bool whole = rest.empty() || (rest.front() == ':' && is_port(rest.substr(1)));
  return whole ? host : std::string_view{};
}

}  // namespace dk::api
