// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/logic/worker_pace.hpp"
#include "actors/protocol.hpp"
#include "base/bytes.hpp"
#include "storage/manifest.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

// What a job knows of each of its parts.

namespace dk {

/// One life of a job's parameter server is a generation: it begins from a checkpoint (or the
/// initial weights) with new incarnations of every shard and worker, and ends when a shard is lost.
/// Workers come and go within a generation.
enum class JobPhase {
  kWaiting,    ///< for machines, or for a backoff to pass
  kLaunching,  ///< executors have been started and have to attach
  kRestoring,  ///< shards load their weights
  kRunning,
  kReattaching,  ///< the supervisor is back; executors that it knew have some time to attach
  kStopping,     ///< a shard was lost; the other executors end their actors
  kEvaluating,   ///< every block is done and in the final checkpoint
  kEnded,
};

struct JobExecutor {
  std::string node;
  std::uint32_t pid = 0;
  Peer peer;
  ExecutorActor handle;  ///< null until it has attached
  std::chrono::steady_clock::time_point launched;
  std::uint64_t duplicates = 0;
  std::uint32_t pending = 0;  ///< its share of `busy`: nobody answers for it once it is dead
  std::string evidence;       ///< a reason of its own, told before its end
  std::chrono::steady_clock::time_point heard;  ///< of its newest report
  int start_failures = 0;                       ///< of its workers, one after the other
  bool start_again = false;
  bool retiring = false;  ///< its workers have been told to finish and end
};

/// A shard's second copy, on another machine.
struct JobBackup {
  Incarnation incarnation;
  Incarnation executor;
  bool in_sync = false;  ///< the primary acknowledges nothing that it does not have
};

struct JobShard {
  Incarnation incarnation;
  Incarnation executor;
  std::uint64_t offset = 0;
  std::uint64_t count = 0;
  bool up = false;
  std::optional<JobBackup> backup{};
  /// Its primary is lost: the backup of this incarnation becomes the primary in `executor`, under
  /// `incarnation` once `promotion_reserved`.
  Incarnation promoted_from{};
  bool promotion_reserved = false;
};

struct JobWorker {
  Incarnation incarnation;
  Incarnation executor;
  bool started = false;
  std::uint64_t steps = 0;
  bool at_work = false;  ///< rounds: trains a block, if only one that came too late
  std::chrono::steady_clock::time_point since{};  ///< when it began with its block
  std::string noted{};                            ///< its newest note that is an event
  WorkerPace pace{};
};

/// A Keras file that is to be written of a checkpoint.
struct JobFile {
  CheckpointId checkpoint;
  std::string path;
  bool weights_only = false;
  bool operator==(const JobFile&) const = default;
};

/// A checkpoint in the making.
struct JobCut {
  CheckpointId checkpoint;
  std::chrono::steady_clock::time_point since;
  std::map<WorkerId, Held> held;
  Bytes ledger;          ///< as of the cut
  nlohmann::json lbfgs;  ///< as of the cut
  std::vector<MemoryPlace> memories;
  std::uint64_t floats = 0;   ///< in the whole checkpoint
  std::uint64_t updates = 0;  ///< as of the cut
  std::uint64_t epochs = 0;   ///< complete as of the cut
  bool taken = false;         ///< the shards' state is fixed; training goes on
  double held_seconds = 0;    ///< from its begin until then: no exchange waited longer
  std::chrono::steady_clock::time_point still;  ///< since when no exchange is under way
  double still_seconds = 0;                     ///< from then until the shards' state was fixed
  std::vector<ShardCut> shards;
  std::set<Incarnation> writing;               ///< executors whose chunks are not durable yet
  std::set<std::string> homes;                 ///< machines that were asked to take chunks
  std::map<std::string, std::string> refused;  ///< those that did not, and why
  std::vector<ChunkSource> chunks;
  /// On its way to the disk, before anything that becomes durable later: the checkpoint is made.
  std::optional<storage::Manifest> manifest{};
};

}  // namespace dk
