// SPDX-License-Identifier: GPL-3.0-or-later
// Keys, all numbers 64 bits big endian:
//   job checkpoint         -> nothing; a mark, so that listing checkpoints reads no chunk
//   job checkpoint chunk   -> envelope "DKCH" around the chunk's bytes
#include "storage/chunk_store.hpp"

#include "storage/envelope.hpp"
#include "storage/key_value_store.hpp"

#include <set>

namespace dk::storage {
namespace {

std::string prefix_of(JobId job) {
  std::string key;
  append_ordered(key, job.value);
  return key;
}

std::string prefix_of(JobId job, CheckpointId checkpoint) {
  auto key = prefix_of(job);
  append_ordered(key, checkpoint.value);
  return key;
}

std::string stored_key(const ChunkKey& key) {
  auto stored = prefix_of(key.job, key.checkpoint);
  append_ordered(stored, key.chunk);
  return stored;
}

KeyValueWrite put_of(std::string key, Bytes value) {
  return {KeyValueWrite::Kind::kPut, std::move(key), {}, std::move(value)};
}

class KeyValueChunkStore final : public ChunkStore {
 public:
  explicit KeyValueChunkStore(std::shared_ptr<KeyValueStore> entries)
      : entries_(std::move(entries)) {}

  Result<void> put(const ChunkKey& key, std::span<const std::byte> data) override {
    const auto stored = stored_key(key);
    KeyValueBatch batch;
    batch.push_back(put_of(prefix_of(key.job, key.checkpoint), {}));
    batch.push_back(put_of(stored, seal(EnvelopeKind::kChunk, stored, data)));
    auto written = entries_->write(batch);
    if (!written) return fail_in(to_string(key), written.error());
    return {};
  }

  Result<Bytes> get(const ChunkKey& key) override {
    const auto stored = stored_key(key);
    const auto sealed = entries_->get(stored);
    if (!sealed) return fail_in(to_string(key), sealed.error());
    const auto data = unseal(EnvelopeKind::kChunk, stored, *sealed);
    if (!data) return fail_in(to_string(key), data.error());
    return Bytes(data->begin(), data->end());
  }

  Result<void> sync() override { return entries_->sync(); }

  Result<void> drop(JobId job, CheckpointId checkpoint) override {
    return drop_prefix(prefix_of(job, checkpoint));
  }

  Result<void> drop_jobs(JobId newest, std::span<const JobId> kept) override {
    KeyValueBatch batch;
    auto from = prefix_of(JobId(0));
    const auto erase_until = [&](std::string end) {
      if (from < end) batch.push_back({KeyValueWrite::Kind::kEraseRange, from, end, Bytes()});
    };
    for (const auto job : std::set<JobId>(kept.begin(), kept.end())) {
      if (job > newest) break;
      erase_until(prefix_of(job));
      from = after_prefix(prefix_of(job));
    }
    erase_until(after_prefix(prefix_of(newest)));
    return entries_->write(batch);
  }

  Result<std::vector<CheckpointId>> checkpoints(JobId job) override {
    std::vector<CheckpointId> found;
    const auto end = after_prefix(prefix_of(job));
    auto from = prefix_of(job);
    for (bool more = true; more;) {
      more = false;
      DK_TRY(entries_->scan(from, end, [&](std::string_view key, std::span<const std::byte>) {
        found.emplace_back(read_ordered(key, 8));
        more = true;
        return false;
      }));
      if (more) from = after_prefix(prefix_of(job, found.back()));
    }
    return found;
  }

 private:
  Result<void> drop_prefix(const std::string& prefix) {
    return entries_->write(
        {{KeyValueWrite::Kind::kEraseRange, prefix, after_prefix(prefix), Bytes()}});
  }

  std::shared_ptr<KeyValueStore> entries_;
};

}  // namespace

std::string to_string(const ChunkKey& key) {
  return fmt::format("chunk {} of checkpoint {} of job {}", key.chunk, key.checkpoint.value,
                     key.job.value);
}

std::unique_ptr<ChunkStore> make_chunk_store(std::shared_ptr<KeyValueStore> entries) {
  return std::make_unique<KeyValueChunkStore>(std::move(entries));
}

std::unique_ptr<ChunkStore> make_memory_chunk_store() {
  return make_chunk_store(make_memory_key_value_store());
}

Result<std::unique_ptr<ChunkStore>> open_chunk_store(const std::filesystem::path& directory,
                                                     std::uint64_t limit) {
  DK_TRY_ASSIGN(auto entries,
                open_rocksdb_key_value_store(directory, KeyValueProfile::kChunks, limit));
  return make_chunk_store(std::move(entries));
}

}  // namespace dk::storage
