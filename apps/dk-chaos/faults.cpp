// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-chaos/faults.hpp"

#include "base/files.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <csignal>
#include <fstream>

namespace dk::chaos {
namespace {

constexpr std::chrono::seconds kEndPatience{60};
/// Around the time after which a standby takes over.
constexpr std::uint64_t kLongestAwayMs = 5000;
/// Around the silence after which a process counts as lost.
constexpr std::uint64_t kLongestPauseMs = 10'000;

void sleep_ms(std::uint64_t ms) {
  ::poll(nullptr, 0, static_cast<int>(ms));
}

struct Victim {
  std::string node;
  pid_t pid = 0;
};

/// One of the job's processes; pid 0 if there is none.
Victim any_executor(const Target& target, Random& random) {
  const auto status = target.gateway.status(target.job);
  std::vector<Victim> executors;
  if (status && status->contains("executors")) {
    for (const auto& entry : status->at("executors")) {
      const auto pid = entry.value("pid", 0);
      // 0 and 1 are no executor, and signals to less reach whole groups.
      if (pid > 1) executors.push_back({entry.value("node", "?"), pid});
    }
  }
  return executors.empty() ? Victim{} : executors[below(random, executors.size())];
}

/// The number of the node that leads at the moment.
unsigned supervisor_of(const Target& target) {
  const auto nodes = target.gateway.nodes();
  if (!nodes) return 1;
  const auto count = static_cast<unsigned>(target.cluster.pids().size());
  for (unsigned number = 1; number <= count; ++number) {
    const auto name = fmt::format("node-{}", number);
    for (const auto& node : *nodes) {
      if (node.value("name", "") == name && node.value("role", "") == "supervisor") return number;
    }
  }
  return 1;
}

/// A node without the supervisor; 1 when there is no other.
unsigned any_other_node(const Target& target, Random& random) {
  const auto nodes = target.cluster.pids().size();
  if (nodes < 2) return 1;
  const auto number = static_cast<unsigned>(1 + below(random, nodes - 1));
  return number < supervisor_of(target) ? number : number + 1;
}

Result<std::string> kill_executor(const Target& target, Random& random) {
  const auto victim = any_executor(target, random);
  if (victim.pid == 0) return std::string();
  ::kill(victim.pid, SIGKILL);
  return fmt::format("kill -9 executor {} on {}", victim.pid, victim.node);
}

Result<std::string> pause_executor(const Target& target, Random& random) {
  const auto victim = any_executor(target, random);
  if (victim.pid == 0) return std::string();
  const auto ms = 500 + below(random, kLongestPauseMs);
  ::kill(victim.pid, SIGSTOP);
  sleep_ms(ms);
  ::kill(victim.pid, SIGCONT);
  return fmt::format("executor {} on {} stood still for {} ms", victim.pid, victim.node, ms);
}

Result<std::string> restart(const Target& target, Random& random, unsigned number, int signal) {
  const auto away = below(random, kLongestAwayMs);
  DK_TRY(target.cluster.end(number, signal, kEndPatience));
  sleep_ms(away);
  DK_TRY(target.cluster.start_again(number));
  return fmt::format("{} node-{}, back after {} ms", signal == SIGKILL ? "kill -9" : "SIGTERM to",
                     number, away);
}

Result<std::string> kill_node(const Target& target, Random& random) {
  return restart(target, random, any_other_node(target, random), SIGKILL);
}

Result<std::string> kill_supervisor(const Target& target, Random& random) {
  return restart(target, random, supervisor_of(target), SIGKILL);
}

Result<std::string> cut_power(const Target& target, Random& random) {
  const auto count = static_cast<unsigned>(target.cluster.pids().size());
  for (const auto pid : target.cluster.pids()) ::kill(pid, SIGKILL);
  const auto away = below(random, kLongestAwayMs);
  for (unsigned number = 1; number <= count; ++number)
    DK_TRY(target.cluster.end(number, SIGKILL, kEndPatience));
  sleep_ms(away);
  for (unsigned number = 1; number <= count; ++number) DK_TRY(target.cluster.start_again(number));
  return fmt::format("kill -9 all nodes at once, back after {} ms", away);
}

Result<std::string> drain_node(const Target& target, Random& random) {
  return restart(target, random, any_other_node(target, random), SIGTERM);
}

/// In a file of checkpoint chunks; RocksDB's checksum, or ours, must find it.
Result<std::string> flip_bit(const Target& target, Random& random) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (auto file = std::filesystem::recursive_directory_iterator(target.data, error);
       !error && file != std::filesystem::recursive_directory_iterator(); file.increment(error)) {
    const auto& path = file->path();
    const bool chunks = path.string().find("/chunks/") != std::string::npos;
    if (chunks && (path.extension() == ".sst" || path.extension() == ".blob"))
      files.push_back(path);
  }
  if (files.empty()) return std::string();
  std::ranges::sort(files);
  const auto& path = files[below(random, files.size())];
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  const auto size = std::filesystem::file_size(path, error);
  if (!file || error || size == 0) return std::string();
  const auto at = static_cast<std::streamoff>(below(random, size));
  file.seekg(at);
  const int byte = file.get();
  file.seekp(at);
  file.put(static_cast<char>(byte ^ 1 << below(random, 8)));
  if (!file.flush()) return std::string();
  return fmt::format("a bit flipped in {} at {}",
                     std::filesystem::relative(path, target.data, error).string(), at);
}

}  // namespace

std::uint64_t below(Random& random, std::uint64_t limit) {
  return random() % limit;
}

const std::vector<Fault>& known_faults() {
  static const std::vector<Fault> faults{
      {"kill", "kill -9 of one of the job's processes", kill_executor},
      {"pause", "SIGSTOP, and SIGCONT up to 10 s later", pause_executor},
      {"node", "kill -9 of a node's daemon, which is started again", kill_node},
      {"supervisor", "the same of the supervisor's", kill_supervisor},
      {"power", "kill -9 of all daemons at once, which are started again", cut_power},
      {"drain", "SIGTERM to a node's daemon, which hands over, and is started again", drain_node},
      {"flip", "a bit of a stored checkpoint flips", flip_bit},
  };
  return faults;
}

}  // namespace dk::chaos
