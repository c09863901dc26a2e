// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/chunk_store_actor.hpp"

#include "actors/error.hpp"
#include "base/checksum.hpp"

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstring>

namespace dk {
namespace {

Result<std::uint64_t> put(storage::ChunkStore& store, const Chunk& chunk) {
  const auto bytes = std::as_bytes(chunk.values.span());
  if (checksum(bytes) != chunk.checksum) {
    return fail(Errc::kCorrupt, "chunk {} of job {} checkpoint {} changed on its way", chunk.offset,
                chunk.job, chunk.checkpoint);
  }
  DK_TRY(store.put({chunk.job, chunk.checkpoint, chunk.offset}, bytes));
  return chunk.offset;
}

Result<Tensor> get(storage::ChunkStore& store, const storage::ChunkKey& key) {
  DK_TRY_ASSIGN(const auto bytes, store.get(key));
  const auto floats = bytes.size() / sizeof(float);
  if (bytes.size() % sizeof(float) != 0 || floats > Tensor::kMaxFloats) {
    return fail(Errc::kCorrupt, "{} has {} bytes, which is no chunk", to_string(key), bytes.size());
  }
  auto values = allocate_floats(floats);
  std::memcpy(values.get(), bytes.data(), bytes.size());
  return Tensor(std::move(values), floats);
}

Result<void> drop_until(storage::ChunkStore& store, JobId job, CheckpointId newest,
                        const std::vector<CheckpointId>& kept) {
  DK_TRY_ASSIGN(const auto checkpoints, store.checkpoints(job));
  for (const auto checkpoint : checkpoints) {
    const bool keep = std::ranges::find(kept, checkpoint) != kept.end();
    if (checkpoint <= newest && !keep) DK_TRY(store.drop(job, checkpoint));
  }
  return {};
}

void warn(const Result<void>& result) {
  if (!result) spdlog::warn("chunk store: {}", result.error().message);
}

}  // namespace

ChunkStoreActor::behavior_type chunk_store_actor(ChunkStoreActor::pointer,
                                                 std::shared_ptr<storage::ChunkStore> store) {
  return {
      [store](put_atom, const Chunk& chunk) { return answer(put(*store, chunk)); },
      [store](sync_atom) -> caf::result<bool> {
        if (auto synced = store->sync(); !synced) return to_caf(synced.error());
        return true;
      },
      [store](get_atom, JobId job, CheckpointId checkpoint, std::uint64_t offset) {
        return answer(get(*store, {job, checkpoint, offset}));
      },
      [store](drop_atom, JobId job, CheckpointId checkpoint,
              const std::vector<CheckpointId>& kept) {
        warn(drop_until(*store, job, checkpoint, kept));
      },
      [store](drop_atom, JobId newest, const std::vector<JobId>& kept) {
        warn(store->drop_jobs(newest, kept));
      },
  };
}

}  // namespace dk
