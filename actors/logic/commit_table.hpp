// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/bytes.hpp"
#include "base/ids.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace dk {

/// A commit that is whole in a shard, and the block whose gradient it carries.
struct CommitRecord {
  std::uint64_t sequence = 0;
  std::uint64_t block = 0;
  bool operator==(const CommitRecord&) const = default;
};

/// How far one worker's commits have come in one shard.
struct WorkerCommits {
  WorkerId worker;
  Incarnation incarnation;
  std::uint64_t complete = 0;       ///< every commit up to this one is in
  std::uint32_t partial_parts = 0;  ///< parts of commit `complete + 1` that are in
  /// The newest whole commits, oldest first; at least as many as a worker may hold leases.
  std::vector<CommitRecord> recent;
  bool operator==(const WorkerCommits&) const = default;
};

/// A shard's memory of what it has applied, by (worker, incarnation, sequence, part). It makes
/// every retry safe: a part is applied once, and a worker that has been replaced is refused for
/// good.
class CommitTable {
 public:
  enum class Verdict {
    kApply,       ///< not seen yet; `applied` follows
    kDuplicate,   ///< is in already: acknowledge, do not apply
    kStale,       ///< from an incarnation that has been fenced or replaced: refuse
    kOutOfOrder,  ///< a commit before it is missing, or its block or number of parts is impossible
                  ///< or has changed: refuse, a fault of the sender
  };

  struct Part {
    WorkerId worker;
    Incarnation incarnation;
    std::uint64_t sequence = 0;  ///< from 1
    std::uint64_t block = 0;
    std::uint32_t part = 0;  ///< from 0
    std::uint32_t parts = 0;
  };

  [[nodiscard]] Verdict judge(const Part& part) const;
  /// Records a part that `judge` let through. True when its commit is whole now.
  bool applied(const Part& part);

  /// From now on refuses this incarnation of the worker and every one before it. Returns how far
  /// this incarnation had come here; nothing if it had never been here, or has been replaced.
  WorkerCommits fence(WorkerId worker, Incarnation incarnation);
  /// Forgets the newest commit of a fenced worker (whole or partial), because the shard has
  /// reverted it. Returns the parts that were in; none if `sequence` is not its newest commit, so a
  /// repeat is harmless. Only one whole commit can be forgotten.
  std::vector<std::uint32_t> forget_newest(WorkerId worker, std::uint64_t sequence);

  /// (worker, incarnation, complete) of every worker, by worker: equal in all shards of a
  /// checkpoint. The other fields are left empty.
  [[nodiscard]] std::vector<WorkerCommits> state() const;
  /// Commits that are whole, over all workers: the shard's version.
  [[nodiscard]] std::uint64_t version() const { return version_; }
  /// The version at this worker's last whole commit (or first contact): what its staleness counts
  /// from.
  [[nodiscard]] std::uint64_t version_seen(WorkerId worker) const;
  [[nodiscard]] bool any_partial() const;

  /// All of it, for a copy of the shard on another machine.
  [[nodiscard]] Bytes encode() const;
  /// kCorrupt when the bytes are not a commit table.
  static Result<CommitTable> decode(std::span<const std::byte> bytes);

 private:
  struct Entry {
    Incarnation incarnation;
    Incarnation fenced;
    std::uint64_t complete = 0;
    std::vector<bool> parts;         ///< of commit `complete + 1`; empty when none is in
    std::uint32_t newest_parts = 0;  ///< number of parts of commit `complete`
    std::uint64_t partial_block = 0;
    std::uint64_t version_seen = 0;
    std::deque<CommitRecord> recent;
  };

  void start(Entry& entry, Incarnation incarnation);

  std::map<WorkerId, Entry> entries_;
  std::uint64_t version_ = 0;
};

/// What to do about a worker that died: shards may differ by the one commit that it was about.
struct Settlement {
  std::uint64_t complete = 0;  ///< the commits of that worker that stay
  std::vector<std::uint64_t>
      blocks_done;  ///< blocks of the newest commits that stay, as the shards remember them
  std::vector<ShardId>
      revert;  ///< these shards have commit `complete + 1`, or parts of it, and must revert it
};

/// Compares one worker's commits over all shards: a commit stays if every shard has all of it.
[[nodiscard]] Settlement settle(const std::map<ShardId, WorkerCommits>& by_shard);

}  // namespace dk
