// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/memory_watch.hpp"

#include <fmt/format.h>

#include <array>
#include <numeric>
#include <utility>

namespace dk {

std::optional<std::size_t> beyond_memory(std::span<const std::uint64_t> used, std::uint64_t limit) {
  const auto all = std::accumulate(used.begin(), used.end(), std::uint64_t{0});
  if (all <= limit) return std::nullopt;
  std::size_t largest = 0;
  for (std::size_t i = 1; i < used.size(); ++i) {
    if (used[i] >= used[largest]) largest = i;
  }
  return largest;
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array<std::pair<std::uint64_t, const char*>, 4> kUnits{
      {{1ULL << 40, "TiB"}, {1ULL << 30, "GiB"}, {1ULL << 20, "MiB"}, {1ULL << 10, "KiB"}}};
  for (const auto& [size, name] : kUnits) {
    if (bytes < size) continue;
    const double count = static_cast<double>(bytes) / static_cast<double>(size);
    return count < 9.95 ? fmt::format("{:.1f} {}", count, name)
                        : fmt::format("{:.0f} {}", count, name);
  }
  return fmt::format("{} B", bytes);
}

std::string memory_verdict(std::uint64_t own, std::uint64_t all, std::uint64_t limit,
                           std::string_view node) {
  const auto others = all > own ? fmt::format(", all executors there {}", bytes_text(all)) : "";
  return fmt::format("ended by node {} for its memory: it used {}{}; limits.memory is {}", node,
                     bytes_text(own), others, bytes_text(limit));
}

}  // namespace dk
