// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/algorithm.hpp"
#include "actors/logic/commit_table.hpp"
#include "actors/parts.hpp"
#include "actors/protocol.hpp"
#include "base/result.hpp"

#include <atomic>
#include <map>
#include <memory>

namespace dk {

struct ShardConfig {
  ShardId shard;
  Incarnation incarnation;
  std::shared_ptr<const Algorithm> algorithm;
  std::shared_ptr<float>
      values;  ///< the range's weights to start from; the shard owns them from now on
  std::uint64_t count = 0;
  /// Counts commits that came again and were not applied again; read from other threads.
  std::shared_ptr<std::atomic<std::uint64_t>> duplicates;
};

/// The shard's weights and commits at one moment. The floats do not change any more: the shard
/// copies on its next write.
struct ShardSnapshot {
  ShardCut cut;
  std::shared_ptr<const float> values;
  std::uint64_t count = 0;
};
using ShardSnapshotPtr = std::shared_ptr<const ShardSnapshot>;

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
  /// kUnavailable while a commit is half in: whoever wanted a cut has not stopped all workers.
  Result<ShardSnapshotPtr> snapshot() const;

  [[nodiscard]] ShardId id() const { return config_.shard; }

 private:
  /// The newest contribution of one worker, kept until its next one in case it has to be reverted.
  struct Undo {
    std::uint64_t sequence = 0;
    std::vector<Tensor> parts;
  };

  [[nodiscard]] std::span<float> writable(std::uint64_t offset, std::uint64_t count);
  [[nodiscard]] Tensor copy(std::uint64_t offset, std::uint64_t count);
  void remember(const ExchangePart& part);

  ShardConfig config_;
  Parts parts_;
  TensorPool pool_;
  CommitTable commits_;
  std::map<WorkerId, Undo> undo_;
  std::map<WorkerId, std::uint64_t> last_duplicate_;
};

}  // namespace dk

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dk::ShardSnapshotPtr)

namespace dk {

/// What the executor of the same process can ask beside ShardActor.
using LocalShardActor =
    ShardActor::extend<caf::replies_to<fence_atom, WorkerId, Incarnation>::with<Fenced>,
                       caf::replies_to<revert_atom, WorkerId, std::uint64_t>::with<ShardId>,
                       caf::replies_to<snap_atom>::with<ShardSnapshotPtr>>;

/// The actor around a Shard.
LocalShardActor::behavior_type shard_actor(LocalShardActor::pointer self,
                                           std::shared_ptr<Shard> shard);

}  // namespace dk
