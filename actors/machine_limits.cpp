// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/machine_limits.hpp"

#include "base/files.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <sstream>
#include <thread>

namespace dk {
namespace {

namespace fs = std::filesystem;

/// The files of /proc and /sys have no size of their own.
constexpr std::size_t kMostBytes = 1 << 20;

std::string text_of(const fs::path& path) {
  return read_file(path, kMostBytes).value_or("");
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return std::nullopt;
  text.remove_prefix(first);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

/// What follows `name` at the start of a line; empty when there is no such line.
std::string line_after(const std::string& text, std::string_view name) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(name)) return line.substr(name.size());
  }
  return {};
}

class Limits {
 public:
  explicit Limits(fs::path root) : root_(std::move(root)) {}

  MachineLimits read() {
    limits_.cores = std::max(1U, std::thread::hardware_concurrency());
    limits_.cores_by = limits_.memory_by = "the machine";
    if (const auto bound =
            cpu_list_size(line_after(text_of(root_ / "proc/self/status"), "Cpus_allowed_list:"));
        bound > 0) {
      if (root_ != "/" || bound < limits_.cores) limits_.cores_by = "affinity";
      limits_.cores = bound;
    }
    if (const auto total = number(line_after(text_of(root_ / "proc/meminfo"), "MemTotal:")))
      limits_.memory_bytes = static_cast<std::uint64_t>(*total) * 1024;
    std::istringstream lines(text_of(root_ / "proc/self/cgroup"));
    for (std::string line; std::getline(lines, line);) take_group(line);
    return limits_;
  }

 private:
  /// A line `ID:CONTROLLERS:PATH`; version 2 has no controllers.
  void take_group(const std::string& line) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) return;
    const auto controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const auto path = line.substr(second + 1);
    if (controllers == ",,") {
      walk("sys/fs/cgroup", path, &Limits::take_v2);
      walk("sys/fs/cgroup/unified", path, &Limits::take_v2);
    }
    if (controllers.find(",cpu,") != std::string::npos) {
      walk("sys/fs/cgroup/cpu", path, &Limits::take_v1_cpu);
      walk("sys/fs/cgroup/cpu,cpuacct", path, &Limits::take_v1_cpu);
    }
    if (controllers.find(",memory,") != std::string::npos)
      walk("sys/fs/cgroup/memory", path, &Limits::take_v1_memory);
  }

  /// The group and all above it. In a container the path may be the host's, and only the mount's
  /// own folder is there.
  void walk(const char* mount, const std::string& path, void (Limits::*take)(const fs::path&)) {
    auto below = fs::path(path).relative_path().lexically_normal();
    for (;; below = below.parent_path()) {
      (this->*take)((root_ / mount / below).lexically_normal());
      if (below.empty()) return;
    }
  }

  void take_v2(const fs::path& group) {
    std::istringstream cpu(text_of(group / "cpu.max"));
    std::string quota;
    std::int64_t period = 0;
    if (cpu >> quota >> period) take_quota(number(quota), period, group / "cpu.max");
    take_memory(number(text_of(group / "memory.max")), group / "memory.max");
  }
  void take_v1_cpu(const fs::path& group) {
    take_quota(number(text_of(group / "cpu.cfs_quota_us")),
               number(text_of(group / "cpu.cfs_period_us")).value_or(0),
               group / "cpu.cfs_quota_us");
  }
  void take_v1_memory(const fs::path& group) {
    take_memory(number(text_of(group / "memory.limit_in_bytes")), group / "memory.limit_in_bytes");
  }

  void take_quota(std::optional<std::int64_t> quota, std::int64_t period, const fs::path& by) {
    if (!quota || *quota <= 0 || period <= 0) return;
    const auto cores = std::max<std::int64_t>(1, *quota / period);
    if (cores >= limits_.cores) return;
    limits_.cores = static_cast<std::uint32_t>(cores);
    limits_.cores_by = by.string();
  }
  void take_memory(std::optional<std::int64_t> limit, const fs::path& by) {
    if (!limit || *limit <= 0) return;
    const auto bytes = static_cast<std::uint64_t>(*limit);
    if (limits_.memory_bytes != 0 && bytes >= limits_.memory_bytes) return;
    limits_.memory_bytes = bytes;
    limits_.memory_by = by.string();
  }

  fs::path root_;
  MachineLimits limits_;
};

}  // namespace

std::uint32_t cpu_list_size(std::string_view list) {
  std::uint32_t count = 0;
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    const auto part = list.substr(0, comma);
    const auto dash = part.find('-');
    const auto first = number(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : number(part.substr(dash + 1));
    if (!first || !last || *last < *first || *first < 0 || *last > 1'000'000) return 0;
    count += static_cast<std::uint32_t>(*last - *first + 1);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return count;
}

MachineLimits machine_limits(const fs::path& root) {
  return Limits(root).read();
}

}  // namespace dk
