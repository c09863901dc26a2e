// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/algorithm.hpp"
#include "actors/protocol.hpp"
#include "base/result.hpp"

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace dk::bench {

/// The algorithm whose exchanges are measured.
[[nodiscard]] std::shared_ptr<const Algorithm> bench_algorithm();

/// A real shard of zeros.
[[nodiscard]] ShardActor spawn_shard(caf::actor_system& system, std::uint64_t floats);

/// The body of the other process: one shard for each entry of `floats`, an actor that answers
/// pings and a raw TCP peer. Says its ports on standard output and ends when standard input does.
Result<void> run_shard_host(const std::vector<std::uint64_t>& floats);

/// Starts this program again as a shard host; ends it with the object.
class ShardHost {
 public:
  static Result<std::unique_ptr<ShardHost>> start(const std::vector<std::uint64_t>& floats);
  ShardHost(const ShardHost&) = delete;
  ShardHost& operator=(const ShardHost&) = delete;
  ~ShardHost();

  [[nodiscard]] pid_t process() const { return process_; }
  [[nodiscard]] std::uint16_t raw_port() const { return ports_.at(0); }
  [[nodiscard]] std::uint16_t ping_port() const { return ports_.at(1); }
  [[nodiscard]] std::uint16_t shard_port(std::size_t index) const { return ports_.at(2 + index); }

 private:
  ShardHost(pid_t process, int input) : process_(process), input_(input) {}

  pid_t process_;
  int input_;
  std::vector<std::uint16_t> ports_;
};

}  // namespace dk::bench
