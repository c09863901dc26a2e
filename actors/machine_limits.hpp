// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace dk {

/// What this process may use of its machine: the least of what the machine has, the cores that it
/// is bound to (affinity, cpuset), and what its cgroup and those above it allow (v1 and v2).
struct MachineLimits {
  std::uint32_t cores = 1;         ///< at least 1; a quota of 2.5 cores counts as 2
  std::uint64_t memory_bytes = 0;  ///< 0: not known
  std::string cores_by;            ///< what sets the limit: "the machine", "affinity", a file
  std::string memory_by;
};

/// Reads proc/ and sys/fs/cgroup/ under `root`; what is not there or cannot be read limits nothing.
[[nodiscard]] MachineLimits machine_limits(const std::filesystem::path& root = "/");

/// How many numbers a list such as "0-3,8" names; 0 for a text that is none.
[[nodiscard]] std::uint32_t cpu_list_size(std::string_view list);

}  // namespace dk
