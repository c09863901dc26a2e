// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/supervisor.hpp"
#include "storage/chunk_store.hpp"
#include "storage/state_store.hpp"

#include <caf/actor_system.hpp>
#include <nlohmann/json.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace dk {

/// The checkpoints of a job as people see them, of running jobs and of those that have ended: what
/// there is, whether it is whole, and the floats in it. Asks the chunk stores of all machines.
/// Blocks; for one thread, made for one question. Every error names job, checkpoint and chunk.
class StoredCheckpoints {
 public:
  StoredCheckpoints(caf::actor_system& system, LocalSupervisorActor supervisor,
                    storage::StateStore& state, storage::ChunkStore& own);

  /// An array, newest first; the fields are in docs/http-api.md. `record` is the job's.
  [[nodiscard]] Result<nlohmann::json> list(JobId job, const nlohmann::json& record);
  /// Reads `limit` chunks from the `first`-th one on, on every machine that should have them.
  [[nodiscard]] Result<nlohmann::json> verify(JobId job, CheckpointId checkpoint,
                                              std::uint64_t first, std::uint64_t limit);
  /// Forgets these. kInvalid when one of them has to stay, or none of those that would remain is
  /// whole.
  [[nodiscard]] Result<nlohmann::json> prune(JobId job, const nlohmann::json& record,
                                             const std::vector<CheckpointId>& ids);
  /// All chunks of jobs up to this one but for those `kept`, on every machine that is there.
  void drop_jobs(JobId newest, const std::vector<JobId>& kept);
  /// kNotFound names the checkpoints that there are.
  [[nodiscard]] Result<storage::Manifest> find(JobId job, CheckpointId checkpoint);
  /// The first `count` floats, each chunk from whoever has it whole. kCorrupt names the chunk that
  /// nobody can give, and what was tried.
  [[nodiscard]] Result<std::vector<float>> read(const storage::Manifest& manifest,
                                                std::uint64_t count);

 private:
  Result<void> find_machines();
  /// The chunk store of a machine; kUnavailable when it is away.
  [[nodiscard]] Result<ChunkStoreActor> store_on(const std::string& node);
  [[nodiscard]] Result<void> check(const std::string& node, const storage::Manifest& manifest,
                                   const storage::ChunkEntry& chunk);
  [[nodiscard]] Result<Bytes> fetch(const std::string& node, const storage::Manifest& manifest,
                                    const storage::ChunkEntry& chunk);
  /// What the events say about each checkpoint.
  [[nodiscard]] Result<std::map<std::uint64_t, nlohmann::json>> told(JobId job);
  [[nodiscard]] Result<void> expect_whole_remains(const std::vector<storage::Manifest>& remaining);
  void drop_chunks(JobId job, CheckpointId newest, const std::vector<CheckpointId>& kept);
  template <class T, class Handle, class... Args>
  Result<T> ask(const Handle& whom, Args... args);

  caf::actor_system& system_;
  LocalSupervisorActor supervisor_;
  storage::StateStore& state_;
  storage::ChunkStore& own_;
  ClusterNodes machines_;
  std::map<std::string, Result<ChunkStoreActor>> stores_;
};

}  // namespace dk
