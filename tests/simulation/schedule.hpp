// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/simulated_network.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dk::simulation {

using namespace std::chrono_literals;

/// What can go wrong. Victims are chosen by `pick` among those that are there at the moment.
enum class FaultKind {
  kKillExecutor,
  kKillTwoExecutors,
  kFreezeExecutor,
  kKillNode,    ///< daemon and executors, and the supervisor if it is there; started again
  kVanishNode,  ///< the same by loss of power: nobody closes a connection
  kFreezeNode,  ///< the daemon stands still, its executors go on
  kKillSupervisor,
  kFreezeSupervisor,
  kCut,            ///< every connection between two machines breaks
  kPartition,      ///< two machines do not reach each other
  kOneWay,         ///< one of them still reaches the other
  kIsolate,        ///< a machine and all others do not reach each other
  kStateDiskFull,  ///< the supervisor's writes fail
  kChunkDiskFull,  ///< a machine's chunks cannot be written
  kDrain,          ///< a machine is left, by order, until the order is taken back
  kLeave,       ///< a daemon is told to end, hands over, ends after a while, and is started again
  kFlipChunks,  ///< bits of half of a machine's chunks
  kFlipManifests,  ///< bits of half of the manifests, while there is no supervisor
  kFlipRecord,     ///< a bit of another record of the supervisor's, which must not start with it
  kOddClock,       ///< a machine's clock leaps, and goes too fast or too slow for a while
  kCount
};
[[nodiscard]] const char* name_of(FaultKind kind);

struct Fault {
  FaultKind kind = FaultKind::kCount;
  std::chrono::milliseconds at{};       ///< after the job was submitted
  std::chrono::milliseconds lasting{};  ///< for those that pass, or until the restart
  std::uint64_t pick = 0;
};

/// A second job on the same cluster.
struct Rival {
  std::chrono::milliseconds at{};  ///< after the first one was submitted
  std::uint32_t workers_min = 1;
  std::uint32_t workers_max = 1;
  std::uint32_t priority = 50;
  std::uint32_t epochs = 2;
};

/// One simulated run, made of nothing but its seed: a cluster, a job, and what goes wrong.
struct Schedule {
  std::uint64_t seed = 0;
  std::string algorithm;
  std::uint32_t machines = 3;
  std::uint32_t cores = 1;
  std::uint32_t workers = 2;
  std::uint32_t shards = 1;
  std::uint32_t replicas = 2;
  std::uint32_t candidates = 1;  ///< supervisor and standbys
  std::uint32_t epochs = 6;
  std::chrono::milliseconds checkpoint_every{};
  bool worker_state = false;              ///< is in the checkpoints
  std::chrono::microseconds step_time{};  ///< virtual time per message: how slow the machines are
  test::NetworkWeather weather;
  std::vector<Fault> faults;
  std::optional<Rival> rival{};
  std::vector<std::chrono::milliseconds> further_jobs{};  ///< like the first, and when

  [[nodiscard]] static Schedule of(std::uint64_t seed);
  /// Many workers, few faults.
  [[nodiscard]] static Schedule of_many(std::uint64_t seed, std::uint32_t workers);
  /// A standing cluster with a job, and something that goes wrong, every few minutes.
  [[nodiscard]] static Schedule of_hours(std::uint64_t seed, std::uint32_t hours);
  /// One line.
  [[nodiscard]] std::string describe() const;
};

}  // namespace dk::simulation
