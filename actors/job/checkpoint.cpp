// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/error.hpp"
#include "actors/gather.hpp"
#include "actors/job/job_state.hpp"
#include "base/wall_time.hpp"

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>

namespace dk {
namespace {

/// Of chunks that lie nowhere, or not everywhere; empty: they do.
std::string why_lacking(const ChunksWritten& message) {
  if (!message.failure.empty()) return message.failure;
  std::string reasons;
  for (const auto& [node, why] : message.refused)
    reasons += fmt::format("{}node {}: {}", reasons.empty() ? "" : "; ", node, why);
  return reasons;
}

}  // namespace

bool JobState::cut_due() const {
  const bool epoch_wants_one = epoch_waits() && epochs_in_checkpoint <= epoch_ends.decided();
  return now() - last_checkpoint >= spec.checkpoint_every || epoch_wants_one;
}

void JobState::start_cut() {
  // An open round's contributions are not in the weights yet.
  if (round || (lbfgs && !lbfgs->idle()) || cuts_rest()) return;
  const bool all_started =
      std::ranges::all_of(workers, [](const auto& entry) { return entry.second.started; });
  if (cut || busy > 0 || reserving || phase != JobPhase::kRunning || !all_started) return;
  cut.emplace();
  // Whoever starts from now on is not one that begins with the checkpoint.
  memories.clear();
  cut->checkpoint = CheckpointId(next_checkpoint++);
  cut->since = now();
  record_changed = true;
  std::vector<ExecutorActor> everyone;
  for (const auto& [incarnation, executor] : executors) {
    if (executor.handle) everyone.push_back(executor.handle);
  }
  auto all = Gather<ExecutorHeld>::of(
      everyone.size(),
      [this, checkpoint = cut->checkpoint](const std::vector<ExecutorHeld>& answers) {
        if (!cut || cut->checkpoint != checkpoint) return;
        for (const auto& answer : answers) {
          absorb(answer.report);
          // A worker that has been replaced may not know yet.
          const auto ours = [this](const auto& told) {
            const auto worker = workers.find(told.worker);
            return worker != workers.end() && worker->second.incarnation == told.incarnation;
          };
          for (const auto& held : answer.workers) {
            if (held.sequence > 0 && ours(held)) cut->held[held.worker] = held;
          }
          std::ranges::copy_if(answer.memories, std::back_inserter(cut->memories), ours);
        }
        // A worker that failed has taken it along.
        if (cut && cut->checkpoint == checkpoint) all_held();
      },
      [this, checkpoint = cut->checkpoint](const caf::error& why) {
        if (cut && cut->checkpoint == checkpoint)
          abort_cut(fmt::format("a worker did not stop: {}", from_caf(why).message));
      });
  for (const auto& executor : everyone) {
    self->request(executor, defaults::kControlTimeout, hold_atom_v, cut->checkpoint)
        .then(all->value(), all->error());
  }
}

void JobState::all_held() {
  cut->still = now();
  cut->ledger = ledger.encode();
  if (lbfgs) cut->lbfgs = lbfgs->to_json();
  cut->updates = ledger.blocks_done();
  cut->epochs = ledger.epochs_complete();
  place_memories();
  const auto primaries = with_shards();
  std::set<Incarnation> holders(primaries.begin(), primaries.end());
  for (const auto& [incarnation, executor] : executors) {
    if (!memories_in(incarnation).empty()) holders.insert(incarnation);
  }
  cut->writing.insert(holders.begin(), holders.end());
  auto all = Gather<std::vector<ShardCut>>::of(
      holders.size(),
      [this, checkpoint = cut->checkpoint](const std::vector<std::vector<ShardCut>>& answers) {
        if (!cut || cut->checkpoint != checkpoint) return;
        for (const auto& some : answers)
          cut->shards.insert(cut->shards.end(), some.begin(), some.end());
        all_snapshot();
      },
      [this, checkpoint = cut->checkpoint](const caf::error& why) {
        if (cut && cut->checkpoint == checkpoint)
          abort_cut(fmt::format("a shard could not be cut: {}", from_caf(why).message));
      });
  for (const auto incarnation : holders) {
    auto homes = chunk_homes(incarnation);
    for (const auto& home : homes) cut->homes.insert(home.name);
    self->request(executors.at(incarnation).handle, defaults::kControlTimeout, snap_atom_v,
                  TakeSnapshot{cut->checkpoint, std::move(homes), memories_in(incarnation)})
        .then(all->value(), all->error());
  }
}

void JobState::all_snapshot() {
  const auto commits_of = [](const ShardCut& shard) {
    std::map<WorkerId, std::pair<Incarnation, std::uint64_t>> commits;
    for (const auto& held : shard.commits) commits[held.worker] = {held.incarnation, held.sequence};
    return commits;
  };
  if (cut->shards.size() != shards.size()) return abort_cut("a shard is missing in it");
  std::map<std::uint64_t, std::map<WorkerId, std::pair<Incarnation, std::uint64_t>>> by_member;
  for (const auto& shard : cut->shards) {
    const auto known = shards.find(shard.shard);
    if (known == shards.end()) return abort_cut(fmt::format("shard {} is unknown", shard.shard));
    const auto [reference, first] =
        by_member.try_emplace(member_of(known->second), commits_of(shard));
    if (!first && commits_of(shard) != reference->second)
      return abort_cut(fmt::format("shard {} has other commits than the rest", shard.shard));
  }
  for (const auto& [id, held] : cut->held) {
    const auto& reference = by_member[member_of(id)];
    const auto found = reference.find(id);
    if (found == reference.end() || found->second != std::pair(held.incarnation, held.sequence)) {
      return abort_cut(fmt::format("worker {} went on", id));
    }
  }
  cut->taken = true;
  cut->held_seconds = std::chrono::duration<double>(now() - cut->since).count();
  cut->still_seconds = std::chrono::duration<double>(now() - cut->still).count();
  resume_workers();
  advance_round();
  if (cut && cut->writing.empty()) commit_manifest();
}

void JobState::written(const ChunksWritten& message) {
  if (!cut || cut->checkpoint != message.checkpoint) return;
  const bool nowhere = message.chunks.empty() || message.chunks.front().nodes.empty();
  if (const auto why = why_lacking(message); nowhere && !why.empty()) return pause_cuts(why);
  for (const auto& [home, why] : message.refused) {
    if (cut->homes.contains(home)) cut->refused[home] = why;
  }
  if (cut->writing.erase(message.executor) == 0) return;
  cut->chunks.insert(cut->chunks.end(), message.chunks.begin(), message.chunks.end());
  if (cut->writing.empty() && !cut->shards.empty()) commit_manifest();
}

void JobState::commit_manifest() {
  storage::Manifest manifest;
  manifest.job = config.job;
  manifest.checkpoint = cut->checkpoint;
  manifest.generation = generation;
  manifest.layout_hash = facts.layout_hash;
  manifest.parameter_count = cut->floats;
  manifest.created_ms = static_cast<std::uint64_t>(wall_ms());
  std::ranges::sort(cut->chunks, {}, &ChunkSource::offset);
  for (const auto& chunk : cut->chunks)
    manifest.chunks.push_back({chunk.offset, chunk.count, chunk.checksum, chunk.nodes});
  std::set<std::uint64_t> members;
  for (const auto& shard : cut->shards) {
    if (!members.insert(member_of(shards.at(shard.shard))).second) continue;
    for (const auto& held : shard.commits) {
      manifest.commits.push_back({held.worker, held.incarnation, held.sequence});
    }
  }
  manifest.updates_applied = cut->updates;
  manifest.ledger = cut->ledger;
  if (auto valid = storage::check(manifest); !valid) return abort_cut(valid.error().message);
  extra.put_manifest(manifest);
  cut->manifest = manifest;
  if (lbfgs) lbfgs_at[manifest.checkpoint] = cut->lbfgs;
  if (!cut->memories.empty()) memories_at[manifest.checkpoint] = cut->memories;
  record_changed = true;
  flush([this, checkpoint = manifest.checkpoint] {
    if (!cut || cut->checkpoint != checkpoint) return;
    checkpoint_made();
    first_cause.clear();
    prune();
    flush();
    advance_epochs();
    finish_if_done();
  });
}

void JobState::checkpoint_made() {
  const auto& manifest = *cut->manifest;
  const std::chrono::duration<double> took = now() - cut->since;
  checkpoint_ms = static_cast<std::int64_t>(manifest.created_ms);
  manifests.insert(manifests.begin(), manifest);
  nlohmann::json event{{"event", "checkpoint"},
                       {"checkpoint", manifest.checkpoint.value},
                       {"updates", manifest.updates_applied},
                       {"bytes", manifest.parameter_count * sizeof(float)},
                       {"epoch", spec.epochs == 0 ? 0 : current_epoch() + 1},
                       {"held_seconds", cut->held_seconds},
                       {"still_seconds", cut->still_seconds},
                       {"seconds", took.count()}};
  event.update(results(current_epoch()));
  emit(std::move(event));
  cut_stored();
  epochs_in_checkpoint = cut->epochs;
  final_cut_done = cut->epochs == spec.epochs;
  cut.reset();
  last_checkpoint = now();
}

void JobState::prune() {
  std::vector<CheckpointId> kept = epoch_ends.kept();
  for (const auto& file : unwritten) kept.push_back(file.checkpoint);
  if (final_checkpoint) kept.push_back(*final_checkpoint);
  if (evaluation) kept.push_back(evaluation->checkpoint);
  CheckpointId newest_dropped;
  std::vector<storage::Manifest> stay;
  for (auto& manifest : manifests) {
    if (stay.size() < spec.checkpoint_keep ||
        std::ranges::find(kept, manifest.checkpoint) != kept.end()) {
      stay.push_back(std::move(manifest));
      continue;
    }
    newest_dropped = std::max(newest_dropped, manifest.checkpoint);
    extra.erase_manifest(config.job, manifest.checkpoint);
  }
  manifests = std::move(stay);
  const auto gone = [this](const auto& entry) { return find_manifest(entry.first) == nullptr; };
  std::erase_if(lbfgs_at, gone);
  std::erase_if(memories_at, gone);
  if (!newest_dropped) return;
  // Chunks go after their manifest is gone for good, so that no manifest ever names chunks that are
  // not there.
  flush([this, newest_dropped, kept] { drop_chunks(newest_dropped, kept); });
}

void JobState::drop_chunks(CheckpointId newest, std::vector<CheckpointId> kept) {
  for (const auto& node : *nodes) {
    if (!node.alive) continue;
    self->request(caf::actor_cast<NodeAgentActor>(node.info.agent.handle),
                  defaults::kControlTimeout, store_atom_v)
        .then(
            [this, newest, kept](const caf::strong_actor_ptr& store) {
              self->send(caf::actor_cast<ChunkStoreActor>(store), drop_atom_v, config.job, newest,
                         kept);
            },
            [](const caf::error&) { /* The next prune drops older checkpoints too. */ });
  }
}

void JobState::abort_cut(const std::string& why) {
  if (!cut) return;
  if (cut->manifest) return checkpoint_made();
  spdlog::warn("job {}: checkpoint {} was not made: {}", config.job, cut->checkpoint, why);
  emit({{"event", "warning"},
        {"message", fmt::format("checkpoint {} was not made: {}", cut->checkpoint, why)}});
  resume_workers();
  cut.reset();
  last_checkpoint = now();
  flush();
}

void JobState::resume_workers() {
  for (const auto& [incarnation, executor] : executors) {
    if (executor.handle) self->send(executor.handle, resume_atom_v, cut->checkpoint);
  }
}

}  // namespace dk
