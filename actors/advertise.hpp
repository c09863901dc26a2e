// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace dk {

/// Whether a host to listen on stands for every address of the machine (0.0.0.0, ::), so that
/// nobody can dial it.
[[nodiscard]] bool is_wildcard(std::string_view host);

/// The address of this machine from which it reaches `host`, as the kernel's routes have it; no
/// packet is sent. kUnavailable: the name is not known, or no route leads there.
Result<std::string> address_towards(const std::string& host, std::uint16_t port);

}  // namespace dk
