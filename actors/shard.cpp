// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/shard.hpp"

#include "actors/error.hpp"

#include <caf/all.hpp>

#include <atomic>
#include <cstring>

namespace dk {

Shard::Shard(ShardConfig config)
    : config_(std::move(config)), parts_(config_.count), pool_(parts_.largest()) {}

std::span<float> Shard::writable(std::uint64_t offset, std::uint64_t count) {
  if (config_.values.use_count() > 1) {
    auto own = allocate_floats(config_.count);
    std::memcpy(own.get(), config_.values.get(), config_.count * sizeof(float));
    config_.values = std::move(own);
  }
  // The last reader of an earlier snapshot may have let go on another thread just now: its reads
  // come before our writes.
  std::atomic_thread_fence(std::memory_order_acquire);
  return {config_.values.get() + offset, count};
}

Tensor Shard::copy(std::uint64_t offset, std::uint64_t count) {
  auto buffer = pool_.take();
  std::memcpy(buffer.get(), config_.values.get() + offset, count * sizeof(float));
  return {std::move(buffer), count};
}

Result<ExchangedPart> Shard::exchange(const ExchangePart& part) {
  if (part.shard != config_.incarnation) {
    return fail(Errc::kStaleIncarnation, "shard {} has incarnation {}, not {}", config_.shard,
                config_.incarnation, part.shard);
  }
  if (part.parts != parts_.count() || part.part >= part.parts ||
      part.offset != parts_.offset(part.part) || part.values.size() != parts_.size(part.part)) {
    return fail(Errc::kInvalid,
                "part {} of {} with {} floats at {} does not fit shard {} of {} floats", part.part,
                part.parts, part.values.size(), part.offset, config_.shard, config_.count);
  }
  const CommitTable::Part key{part.worker, part.incarnation, part.sequence,
                              part.block,  part.part,        part.parts};
  const bool replies = config_.algorithm->replies();
  switch (commits_.judge(key)) {
    case CommitTable::Verdict::kStale:
      return fail(Errc::kStaleIncarnation, "worker {} incarnation {} has been replaced",
                  part.worker, part.incarnation);
    case CommitTable::Verdict::kOutOfOrder:
      return fail(Errc::kInvalid, "worker {} sent commit {} before the one in front of it",
                  part.worker, part.sequence);
    case CommitTable::Verdict::kDuplicate: {
      if (std::exchange(last_duplicate_[part.worker], part.sequence) != part.sequence)
        config_.duplicates->fetch_add(1, std::memory_order_relaxed);
      return ExchangedPart{true, replies ? copy(part.offset, part.values.size()) : Tensor{}};
    }
    case CommitTable::Verdict::kApply:
      break;
  }
  const TakeContext context{commits_.version() - commits_.version_seen(part.worker)};
  auto reply = replies ? pool_.take() : nullptr;
  const std::size_t reply_size = replies ? part.values.size() : 0;
  config_.algorithm->take(writable(part.offset, part.values.size()), part.values.span(), context,
                          {reply.get(), reply_size});
  remember(part);
  commits_.applied(key);
  return ExchangedPart{false, Tensor(std::move(reply), reply_size)};
}

void Shard::remember(const ExchangePart& part) {
  if (!config_.algorithm->reversible()) return;
  auto& undo = undo_[part.worker];
  if (undo.sequence != part.sequence) {
    undo.sequence = part.sequence;
    undo.parts.assign(part.parts, Tensor{});
  }
  undo.parts[part.part] = part.values;
}

Result<Tensor> Shard::pull(Incarnation shard, std::uint64_t offset, std::uint64_t count) {
  if (shard != config_.incarnation) {
    return fail(Errc::kStaleIncarnation, "shard {} has incarnation {}, not {}", config_.shard,
                config_.incarnation, shard);
  }
  if (count > parts_.largest() || offset > config_.count || count > config_.count - offset) {
    return fail(Errc::kInvalid, "floats {} to {} are not a part of shard {} of {} floats", offset,
                offset + count, config_.shard, config_.count);
  }
  return copy(offset, count);
}

Fenced Shard::fence(WorkerId worker, Incarnation incarnation) {
  const WorkerCommits commits = commits_.fence(worker, incarnation);
  Fenced fenced{config_.shard,         worker, incarnation, commits.complete,
                commits.partial_parts, {},     {}};
  for (const auto& record : commits.recent) {
    fenced.recent_sequences.push_back(record.sequence);
    fenced.recent_blocks.push_back(record.block);
  }
  return fenced;
}

void Shard::revert(WorkerId worker, std::uint64_t sequence) {
  const auto undo = undo_.find(worker);
  const auto parts = commits_.forget_newest(worker, sequence);
  if (undo == undo_.end() || undo->second.sequence != sequence) return;
  for (const auto part : parts) {
    const auto& values = undo->second.parts[part];
    config_.algorithm->revert(writable(parts_.offset(part), values.size()), values.span());
  }
  undo_.erase(undo);
}

Result<ShardSnapshotPtr> Shard::snapshot() const {
  if (commits_.any_partial()) {
    return fail(Errc::kUnavailable, "shard {} has a commit half in", config_.shard);
  }
  auto snapshot = std::make_shared<ShardSnapshot>();
  snapshot->cut.shard = config_.shard;
  snapshot->cut.incarnation = config_.incarnation;
  for (const auto& commits : commits_.state()) {
    if (commits.complete > 0) {
      snapshot->cut.commits.push_back({commits.worker, commits.incarnation, commits.complete});
    }
  }
  snapshot->values = config_.values;
  snapshot->count = config_.count;
  return ShardSnapshotPtr(std::move(snapshot));
}

LocalShardActor::behavior_type shard_actor(LocalShardActor::pointer, std::shared_ptr<Shard> shard) {
  return {
      [shard](exchange_atom, const ExchangePart& part) { return answer(shard->exchange(part)); },
      [shard](pull_atom, Incarnation incarnation, std::uint64_t offset, std::uint64_t count) {
        return answer(shard->pull(incarnation, offset, count));
      },
      [shard](fence_atom, WorkerId worker, Incarnation incarnation) {
        return shard->fence(worker, incarnation);
      },
      [shard](revert_atom, WorkerId worker, std::uint64_t sequence) {
        shard->revert(worker, sequence);
        return shard->id();
      },
      [shard](snap_atom) { return answer(shard->snapshot()); },
  };
}

}  // namespace dk
