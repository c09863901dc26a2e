// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace dk {

/// Whom a machine ends when its executors need more memory than they may: the largest one, whose
/// index this is; nothing as long as all `used` bytes together are at most `limit`. Of equal ones
/// the last, which has done least.
[[nodiscard]] std::optional<std::size_t> beyond_memory(std::span<const std::uint64_t> used,
                                                       std::uint64_t limit);

/// "1.5 GiB", "12 MiB", "512 B": never more digits than a person compares.
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);

/// Why an executor was ended, for logs and events.
[[nodiscard]] std::string memory_verdict(std::uint64_t own, std::uint64_t all, std::uint64_t limit,
                                         std::string_view node);

}  // namespace dk
