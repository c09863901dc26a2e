// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/descriptor/job_spec.hpp"
#include "actors/protocol.hpp"
#include "actors/shard.hpp"
#include "storage/key_value_store.hpp"
#include "storage/state_store.hpp"
#include "tests/support/simulated_network.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace dk::simulation {

/// Watches every message of a run and knows what must hold, from a model of its own: which commits
/// the shards have acknowledged, with what values, and what of them has to be in a shard's weights.
///
/// * No part of a commit is applied twice in one history.
/// * What was acknowledged is in every later cut of the shard, under whichever primary.
/// * Once a newer primary has acknowledged something, an older one acknowledges only what its
/// backup
///   had taken in, and with that its successor.
/// * A shard's weights are those that its generation began with, plus its commits (algorithms that
///   add contributions up); a generation begins with what its checkpoint holds.
/// * What a checkpoint is read back from is what was written, to the bit; a bit that is lost on a
///   disk is found, and nobody goes on from it.
/// * A chunk that is not what was written, to the bit, is never taken for it.
/// * At the end every block is in the history once.
/// * Incarnations only grow; leases, promotions and checkpoints are durable before they are used.
class Checker {
 public:
  /// `states`: of every candidate; what a majority has is durable.
  Checker(const JobSpec& spec, std::vector<std::shared_ptr<storage::KeyValueStore>> states);

  void saw(const test::Passage& passage);
  /// The job has finished with this outcome.
  void finished(const nlohmann::json& outcome, std::uint64_t samples);
  void violation(const std::string& what);
  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }
  /// How much there was to check.
  [[nodiscard]] std::uint64_t checks() const { return checks_; }

 private:
  using WorkerLife = std::pair<WorkerId, Incarnation>;
  struct Commit {
    std::uint64_t block = 0;
    std::map<ShardId, std::vector<float>> values;
  };
  /// All that is known of one worker's commits in this generation.
  struct Life {
    std::map<std::uint64_t, Commit> commits;
    std::map<ShardId, std::uint64_t> acknowledged;
    std::map<ShardId, std::uint64_t> fenced;  ///< complete commits, as the shards said at its end
  };
  struct Part {
    ShardId shard;
    Incarnation primary;
    WorkerLife worker;
    std::uint64_t sequence = 0;
  };

  void part_sent(const test::Passage& passage, const ExchangePart& part);
  void part_answered(const test::Passage& passage, const ExchangedPart& answer);
  void copy_sent(const test::Passage& passage, const ReplicaOperation& operation);
  void generation_begins(const StartShards& message);
  void workers_start(const StartWorkers& message);
  void promote_sent(const Promote& message);
  void fenced(const Fenced& answer);
  void snapshot(const ShardSnapshot& snapshot);
  void check_weights(const ShardSnapshot& snapshot, const std::map<WorkerLife, std::uint64_t>& in);
  void cut(CheckpointId checkpoint, const std::vector<ShardCut>& cuts);
  void granted(const WorkGrants& grants);
  void chunk(const Chunk& chunk);
  void chunk_wanted(caf::actor_id reader, CheckpointId checkpoint, std::uint64_t offset);
  void chunk_read(caf::actor_id reader, const Tensor& values);
  void chunks_taken(caf::actor_id reader);
  [[nodiscard]] std::uint64_t settled(const Life& life) const;
  /// The commit that the shard has to have.
  [[nodiscard]] std::uint64_t due_of(const Life& life, ShardId shard) const;
  [[nodiscard]] bool adds_up() const;
  /// Whether a majority of the candidates has it.
  [[nodiscard]] bool durable(const std::function<bool(storage::StateStore&)>& holds) const;
  /// The job's record.
  [[nodiscard]] static nlohmann::json record(storage::StateStore& store);
  void granted(storage::StateStore& store, const WorkGrants& grants,
               std::vector<std::string>& faults);

  JobSpec spec_;
  std::vector<std::shared_ptr<storage::KeyValueStore>> states_;
  std::vector<float> initial_;
  std::vector<std::string> violations_;
  std::uint64_t checks_ = 0;

  Incarnation generation_;
  Incarnation newest_before_;                ///< of all shards of earlier generations
  std::map<Incarnation, ShardId> shard_of_;  ///< primaries
  std::map<ShardId, ShardAssignment> shards_;
  std::map<ShardId, Incarnation> newest_answer_;
  std::map<ShardId, Incarnation> newest_primary_;
  std::map<WorkerId, Incarnation> newest_worker_;
  std::map<WorkerLife, Life> lives_;
  std::set<std::tuple<ShardId, WorkerLife, std::uint64_t>> applied_;
  std::vector<float> base_;                 ///< the weights that the generation began with
  std::vector<std::uint64_t> base_blocks_;  ///< the blocks that are in them
  std::map<CheckpointId, std::vector<std::uint64_t>> blocks_at_;
  std::map<CheckpointId, std::vector<float>> weights_at_;
  struct Reading {
    CheckpointId checkpoint;
    std::uint64_t offset = 0;
    bool damaged = false;
  };
  std::map<caf::actor_id, Reading> readings_;
  std::map<std::pair<caf::actor_id, std::uint64_t>, Part> parts_;
  std::map<std::pair<caf::actor_id, std::uint64_t>, Part> copies_;  ///< on their way to a backup
  std::set<std::tuple<ShardId, WorkerLife, std::uint64_t>> copied_;
  std::map<std::pair<caf::actor_id, std::uint64_t>, CheckpointId> cuts_;
};

}  // namespace dk::simulation
