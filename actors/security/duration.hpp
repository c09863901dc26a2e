// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace dk::security {

using WallClock = std::chrono::system_clock;
using WallTime = WallClock::time_point;

/// `90d`, `12h`, `30m` or `45s`, at least one second and at most a hundred years. kInvalid.
[[nodiscard]] Result<std::chrono::seconds> parse_duration(std::string_view text);

/// `2026-03-01T12:00:00Z`.
[[nodiscard]] std::string iso_time(WallTime time);

/// How long until then, in the largest whole unit: `89 days`, `1 hour`; `0 seconds` when it is
/// past.
[[nodiscard]] std::string time_left(WallTime until, WallTime now);

}  // namespace dk::security
