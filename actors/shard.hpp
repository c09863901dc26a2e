// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/algorithm.hpp"
#include "actors/logic/commit_table.hpp"
#include "actors/protocol.hpp"
#include "actors/shard_floats.hpp"
#include "base/result.hpp"

#include <atomic>
#include <map>
#include <memory>

namespace dk {

struct ShardConfig {
  ShardId shard;
  Incarnation incarnation;
  std::shared_ptr<const Algorithm> algorithm;
  /// What to start from: `count` weights, then as many floats for each of the algorithm's slots.
  /// The shard owns them from now on.
  std::shared_ptr<float> values;
  std::uint64_t count = 0;
  std::uint64_t learning = 0;  ///< the first so many weights learn; the rest are statistics
  std::uint64_t taken = 0;     ///< contributions that `values` have in them
  /// Counts commits that came again and were not applied again; read from other threads.
  std::shared_ptr<std::atomic<std::uint64_t>> duplicates;
};

/// The shard's weights and commits at one moment. The floats do not change any more: the shard
/// copies a part when it writes it the next time.
struct ShardSnapshot {
  ShardCut cut;
  std::vector<Tensor> floats;  ///< as ShardFloats::share
  std::uint64_t count = 0;     ///< of each vector
};
using ShardSnapshotPtr = std::shared_ptr<const ShardSnapshot>;

/// A whole shard at one moment, for a copy of it on another machine: floats in pieces of at most a
/// part, and everything else in bytes (the format is this version's own). Nobody changes the floats
/// any more.
struct ShardImage {
  Bytes facts;
  std::vector<Tensor> floats;
};

/// One range of the parameter vector and everything that is known of the commits in it. Applies
/// each part of a commit once, at memory speed, never waits for anything.
class Shard {
 public:
  explicit Shard(ShardConfig config);

  /// kStaleIncarnation when worker or shard have been replaced; kInvalid when the part does not fit
  /// this shard.
  Result<ExchangedPart> exchange(const ExchangePart& part);
  Result<Tensor> pull(Incarnation shard, std::uint64_t offset, std::uint64_t count);
  Fenced fence(WorkerId worker, Incarnation incarnation);
  /// Takes a fenced worker's newest commit out again, as far as it is in.
  void revert(WorkerId worker, std::uint64_t sequence);
  /// Rounds: takes the contributions of these commits into the centre. Harmless when it comes
  /// again. kInvalid when a commit is not here.
  Result<void> close(const CloseRound& round);
  /// Full batch: runs a coordinator's program, and answers with this shard's scalar products; the
  /// same again when it comes again. kInvalid when it does not fit, or is older than the newest.
  Result<ProgramSums> run(const VectorProgram& program);
  /// kUnavailable while a commit is half in: whoever wanted a cut has not stopped all workers.
  Result<ShardSnapshotPtr> snapshot() const;

  /// Shards that began alike and take in the same operations in the same order are alike, but for
  /// the rounding of machines with other vector instructions.
  Result<void> apply(const ShardOperation& operation);
  [[nodiscard]] ShardImage image() const;
  /// The shard of the image under another incarnation; `config.values` is not used. kCorrupt when
  /// the image does not fit the configuration.
  static Result<std::unique_ptr<Shard>> restore(ShardConfig config, const ShardImage& image);
  /// Answers to this incarnation from now on.
  void promote(Incarnation incarnation) { config_.incarnation = incarnation; }

  [[nodiscard]] ShardId id() const { return config_.shard; }
  [[nodiscard]] Incarnation incarnation() const { return config_.incarnation; }

 private:
  /// The newest commit of one worker, kept until its next one: to be reverted, to be combined when
  /// its round closes, to be answered again.
  struct Newest {
    Incarnation incarnation;
    std::uint64_t sequence = 0;
    std::vector<Tensor> contributions;
    std::vector<Tensor> replies;  ///< of parts not in yet: the replies before
    std::vector<std::uint64_t> staleness;
    std::vector<std::uint64_t> taken;
  };
  /// One part's weights, cut where they stop learning, and its slots.
  struct View {
    std::span<float> centre{};
    std::size_t learning = 0;
    std::vector<std::span<float>> slots{};
  };

  /// Valid until the next call.
  [[nodiscard]] const View& writable(std::uint32_t part);
  [[nodiscard]] Result<void> check(const ExchangePart& part) const;
  /// `exchange`, once the part is known to be meant for this shard.
  Result<ExchangedPart> take_in(const ExchangePart& part);
  [[nodiscard]] Bytes encode() const;
  /// Everything in `facts`; the floats that belong to it follow in this order.
  Result<void> decode(std::span<const std::byte> facts, std::span<const Tensor> floats);
  Result<void> decode_newest(ByteReader& in, std::span<const Tensor>& floats);
  [[nodiscard]] Tensor copy(std::uint64_t offset, std::uint64_t count);
  [[nodiscard]] Newest& newest(const ExchangePart& part);
  Tensor take(const ExchangePart& part);
  /// Full batch: whether this part of its block counts; each does once, whoever computed it.
  [[nodiscard]] bool is_new(const ExchangePart& part);
  [[nodiscard]] Tensor answer_again(const ExchangePart& part);

  ShardConfig config_;
  ShardFloats floats_;
  Parts parts_;
  View view_;
  TensorPool pool_;
  CommitTable commits_;
  std::map<WorkerId, Newest> newest_;
  bool rounds_ = false;
  bool full_batch_ = false;
  bool keeps_contributions_ = false;
  std::uint64_t closed_round_ = 0;
  std::uint64_t program_ = 0;  ///< the newest that was run
  std::vector<double> sums_;   ///< of that program
  std::uint64_t first_block_ = 0;
  std::map<std::uint64_t, std::vector<bool>> blocks_;  ///< of this pass: the parts that are in
  std::map<WorkerId, std::uint64_t> last_duplicate_;
};

}  // namespace dk
