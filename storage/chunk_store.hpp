// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace dk::storage {

class KeyValueStore;

/// Names a chunk: a range of a checkpoint's flat float32 vector.
struct ChunkKey {
  JobId job;
  CheckpointId checkpoint;
  std::uint64_t chunk = 0;  ///< The offset of its first float.

  auto operator<=>(const ChunkKey&) const = default;
};

/// "chunk 4096 of checkpoint 3 of job 7", as in every error about it.
[[nodiscard]] std::string to_string(const ChunkKey& key);

/// A node's share of the checkpoints: opaque chunks, each with a checksum of its key and its bytes.
/// Thread-safe; calls block on the disk. A chunk counts only once a manifest names it, so a writer
/// puts its chunks, calls sync(), and only then reports them. Errors: kIo; kCorrupt names the
/// chunk. Layout: docs/checkpoint-format.md.
class ChunkStore {
 public:
  virtual ~ChunkStore() = default;

  /// Stores a chunk, in place of an earlier one under the same key. It survives a power loss (and a
  /// kill) only after the next sync().
  [[nodiscard]] virtual Result<void> put(const ChunkKey& key, std::span<const std::byte> data) = 0;
  /// The chunk exactly as it was put: kNotFound, or kCorrupt if a single bit differs.
  [[nodiscard]] virtual Result<Bytes> get(const ChunkKey& key) = 0;
  /// When it returns, all that was put or dropped before it was called is on the disk.
  [[nodiscard]] virtual Result<void> sync() = 0;
  /// Forgets a checkpoint's chunks and gives their space back in time. Nothing there is no error.
  [[nodiscard]] virtual Result<void> drop(JobId job, CheckpointId checkpoint) = 0;
  /// Every job up to this one, but for those that are `kept`.
  [[nodiscard]] virtual Result<void> drop_jobs(JobId newest, std::span<const JobId> kept) = 0;
  /// The checkpoints that have a chunk here, ascending, whether a manifest names them or not.
  [[nodiscard]] virtual Result<std::vector<CheckpointId>> checkpoints(JobId job) = 0;
};

/// RocksDB in `directory`, created if missing, of at most `limit` bytes (0: no limit). One opener
/// at a time.
Result<std::unique_ptr<ChunkStore>> open_chunk_store(const std::filesystem::path& directory,
                                                     std::uint64_t limit = 0);
/// For tests and for jobs inside one process: gone with the process.
std::unique_ptr<ChunkStore> make_memory_chunk_store();
/// Over any store of bytes; for tests that damage what is stored.
std::unique_ptr<ChunkStore> make_chunk_store(std::shared_ptr<KeyValueStore> entries);

}  // namespace dk::storage
