// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/security/duration.hpp"

#include <fmt/chrono.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

namespace dk::security {
namespace {

using std::chrono::seconds;

constexpr std::array<std::pair<char, std::int64_t>, 4> kUnits{
    {{'d', 86'400}, {'h', 3600}, {'m', 60}, {'s', 1}}};
constexpr std::int64_t kLongest = std::int64_t{36'525} * 86'400;

}  // namespace

Result<seconds> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const auto* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, count);
  if (error == std::errc{} && end + 1 == last && count > 0) {
    for (const auto& [unit, length] : kUnits) {
      if (*end == unit && count <= kLongest / length) return seconds(count * length);
    }
  }
  return fail(Errc::kInvalid, "'{}' is no length of time, such as 90d, 12h, 30m or 45s",
              text.substr(0, 80));
}

std::string iso_time(WallTime time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(WallClock::to_time_t(time)));
}

std::string time_left(WallTime until, WallTime now) {
  constexpr std::array<const char*, 4> kNames{"day", "hour", "minute", "second"};
  const auto left =
      std::max<std::int64_t>(0, std::chrono::duration_cast<seconds>(until - now).count());
  std::size_t i = 0;
  while (i + 1 < kUnits.size() && left < kUnits[i].second) ++i;
  const auto count = left / kUnits[i].second;
  return fmt::format("{} {}{}", count, kNames[i], count == 1 ? "" : "s");
}

}  // namespace dk::security
