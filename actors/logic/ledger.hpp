// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/bytes.hpp"
#include "base/ids.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <vector>

namespace dk {

/// One communication window's worth of one epoch's samples.
struct Block {
  std::uint32_t epoch = 0;  ///< from 0
  std::uint64_t first = 0;  ///< position of its first sample in the epoch's order
  std::uint64_t count = 0;  ///< samples; the last block of an epoch may be short
};

/// What became of one epoch's samples.
struct EpochAccount {
  std::uint64_t visited = 0;  ///< samples whose gradient is in the weights, each counted once
  std::uint64_t repeated =
      0;  ///< samples visited again because their first visit was lost with a rollback or a revert
  std::uint64_t missed = 0;  ///< samples not visited; 0 once the epoch is complete
  bool operator==(const EpochAccount&) const = default;
};

/// The account of the training data: each block goes `todo -> leased -> done`, back to `todo` when
/// its worker is lost, and `done` exactly once. Blocks are numbered over all epochs and leased in
/// order, the returned ones first; the next epoch's blocks are leased while the last ones of the
/// epoch before are still out. A value: copy it to keep a state.
class Ledger {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  static constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

  struct Config {
    std::uint64_t samples = 0;     ///< in an epoch; > 0
    std::uint64_t block_size = 0;  ///< samples in a block; > 0
    std::uint32_t epochs = 0;      ///< 0: nothing to do, finished from the start
    bool operator==(const Config&) const = default;
  };

  explicit Ledger(Config config);

  /// Leases up to `count` blocks with numbers below `limit`; fewer, or none, when no more are to be
  /// had now.
  std::vector<std::uint64_t> lease(WorkerId worker, Incarnation incarnation, std::size_t count,
                                   TimePoint now, std::uint64_t limit = kNoLimit);

  enum class Outcome {
    kDone,       ///< now done
    kDuplicate,  ///< was done before
    kStale,  ///< leased to somebody else by now, or back in todo: the reporter has been replaced
  };
  /// The block's gradient is in the weights of every shard.
  Outcome complete(WorkerId worker, Incarnation incarnation, std::uint64_t block);
  /// The same, where anybody's result counts, whoever the block is leased to: a backup task.
  Outcome complete(std::uint64_t block);

  /// A supervisor that restarted learns of a lease that it granted just before; false if somebody
  /// else holds it, or if it is done.
  bool restore_lease(WorkerId worker, Incarnation incarnation, std::uint64_t block, TimePoint now);
  /// The worker is at work: its leases count from `now`.
  void renew(WorkerId worker, Incarnation incarnation, TimePoint now);
  /// A lost worker's leases go back to `todo`. Returns how many.
  std::size_t release(WorkerId worker, Incarnation incarnation);
  /// Every lease goes back to `todo`.
  void release_all();

  struct Expired {
    WorkerId worker;
    Incarnation incarnation;
    std::uint64_t block;
  };
  /// Leases that have not been renewed for `timeout`.
  [[nodiscard]] std::vector<Expired> expired(TimePoint now, std::chrono::nanoseconds timeout) const;
  [[nodiscard]] std::vector<std::uint64_t> leases(WorkerId worker, Incarnation incarnation) const;

  /// Goes back to an earlier state of itself (a checkpoint's): what was done since then will be
  /// repeated, and is counted so. Nothing is leased afterwards, neither what was then nor what is
  /// now.
  void roll_back_to(const Ledger& earlier);

  [[nodiscard]] Block block(std::uint64_t number) const;
  [[nodiscard]] std::uint64_t blocks_per_epoch() const;
  [[nodiscard]] std::uint64_t blocks_total() const;
  [[nodiscard]] std::uint64_t blocks_done() const;
  [[nodiscard]] std::uint64_t samples_done() const;
  [[nodiscard]] bool finished() const;
  [[nodiscard]] bool epoch_complete(std::uint32_t epoch) const;
  /// Epochs from the first on that are complete.
  [[nodiscard]] std::uint32_t epochs_complete() const;
  [[nodiscard]] EpochAccount account(std::uint32_t epoch) const;
  [[nodiscard]] const Config& config() const { return config_; }

  /// The state without lease times: leases are kept, and count from `now` when read back.
  [[nodiscard]] Bytes encode() const;
  /// kCorrupt when the bytes are not a ledger, or one that contradicts itself.
  static Result<Ledger> decode(std::span<const std::byte> bytes, TimePoint now);

 private:
  struct Lease {
    WorkerId worker;
    Incarnation incarnation;
    TimePoint since;
    [[nodiscard]] bool is_of(WorkerId id, Incarnation start) const {
      return worker == id && incarnation == start;
    }
  };

  [[nodiscard]] bool is_done(std::uint64_t number) const;
  /// What `visited_` has to be, worked out from the blocks.
  [[nodiscard]] std::vector<std::uint64_t> samples_of_done_blocks() const;
  Result<void> read_blocks(ByteReader& in, TimePoint now);

  Config config_;
  std::uint64_t next_ = 0;  ///< every block from here on was never leased
  std::set<std::uint64_t> todo_;
  std::map<std::uint64_t, Lease> leased_;
  std::vector<std::uint64_t> visited_;   ///< per epoch, samples
  std::vector<std::uint64_t> repeated_;  ///< per epoch, samples
};

}  // namespace dk
