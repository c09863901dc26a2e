// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace dk::api {

/// `localhost`, `::1` or an address of 127.0.0.0/8: reachable from this machine only.
[[nodiscard]] bool is_loopback(std::string_view host);

/// The host of `HOST`, `HOST:PORT`, `[V6]` or `[V6]:PORT`; empty when it has another form.
[[nodiscard]] std::string_view host_of(std::string_view authority);

}  // namespace dk::api
