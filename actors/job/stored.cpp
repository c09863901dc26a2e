// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/error.hpp"
#include "actors/job/job_state.hpp"

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace dk {
namespace {

/// After a cut that nobody could store.
constexpr std::chrono::seconds kCutRetry{5};

}  // namespace

void JobState::pause_cuts(const std::string& why) {
  if (!cut) return;
  const auto begun = cut->checkpoint;
  if (cuts_paused.empty()) {
    spdlog::warn("job {}: checkpoints are paused: {}", config.job, why);
    emit({{"event", "warning"},
          {"message", fmt::format("checkpoints are paused: {}; training goes on", why)}});
  }
  cuts_paused = why;
  if (!cut->taken) resume_workers();
  cut.reset();
  last_checkpoint = now();
  cuts_rest_until = now() + kCutRetry;
  std::vector<CheckpointId> kept;
  for (const auto& manifest : manifests) kept.push_back(manifest.checkpoint);
  // What was written of it takes the room that the next one needs.
  drop_chunks(begun, std::move(kept));
  advance_round();
  flush();
}

bool JobState::cuts_rest() const {
  return !cuts_paused.empty() && now() < cuts_rest_until;
}

void JobState::cut_stored() {
  if (!std::exchange(cuts_paused, {}).empty())
    emit({{"event", "warning"}, {"message", "checkpoints are made again"}});
  for (const auto& [node, why] : cut->refused) {
    if (!homes_lacking.insert_or_assign(node, why).second) continue;
    emit({{"event", "warning"},
          {"message", fmt::format("checkpoints are not stored on node {}: {}", node, why)}});
  }
  for (const auto& node : cut->homes) {
    if (cut->refused.contains(node) || homes_lacking.erase(node) == 0) continue;
    emit({{"event", "warning"},
          {"message", fmt::format("checkpoints are stored on node {} again", node)}});
  }
}

std::string JobState::needed(CheckpointId checkpoint) const {
  const auto among = [&](const std::vector<CheckpointId>& ids) {
    return std::ranges::find(ids, checkpoint) != ids.end();
  };
  if (among(epoch_ends.kept())) return "a callback may return to it";
  if (final_checkpoint == checkpoint) return "it holds the job's result";
  if (evaluation && evaluation->checkpoint == checkpoint) return "it is being evaluated";
  if (std::ranges::find(unwritten, checkpoint, &JobFile::checkpoint) != unwritten.end())
    return "a file is being written of it";
  return {};
}

caf::result<bool> JobState::drop_checkpoints(const std::vector<CheckpointId>& ids) {
  if (!training()) {
    return to_caf({Errc::kUnavailable,
                   fmt::format("job {} is being restored or ends; try again", config.job)});
  }
  for (const auto id : ids) {
    if (find_manifest(id) == nullptr)
      return to_caf({Errc::kNotFound, fmt::format("job {} has no checkpoint {}", config.job, id)});
    if (const auto why = needed(id); !why.empty())
      return to_caf({Errc::kInvalid, fmt::format("checkpoint {} stays: {}", id, why)});
  }
  const auto dropped = [&](const storage::Manifest& manifest) {
    return std::ranges::find(ids, manifest.checkpoint) != ids.end();
  };
  if (std::ranges::all_of(manifests, dropped))
    return to_caf({Errc::kInvalid, "the last checkpoint stays: a restart needs it"});
  std::erase_if(manifests, dropped);
  for (const auto id : ids) {
    extra.erase_manifest(config.job, id);
    lbfgs_at.erase(id);
    memories_at.erase(id);
    emit({{"event", "pruned"}, {"checkpoint", id.value}});
  }
  record_changed = true;
  auto promise = self->make_response_promise<bool>();
  // Of a checkpoint that is being written nothing is dropped: it is newer than all that has a
  // manifest.
  flush([this, promise, newest = *std::ranges::max_element(ids)]() mutable {
    std::vector<CheckpointId> kept;
    for (const auto& manifest : manifests) kept.push_back(manifest.checkpoint);
    drop_chunks(newest, std::move(kept));
    promise.deliver(true);
  });
  return promise;
}

void JobState::state_unwritten(const Error& why) {
  if (unwritten_why.empty()) {
    unwritten_since = now();
    spdlog::error("job {}: cannot write its state: {}; trying again until it can", config.job,
                  why.message);
  }
  unwritten_why = why.message;
}

void JobState::state_written() {
  if (unwritten_why.empty()) return;
  const std::chrono::duration<double> lasted = now() - unwritten_since;
  spdlog::info("job {}: its state is written again", config.job);
  emit({{"event", "warning"},
        {"message", fmt::format("for {:.1f} s the supervisor could not write the job's state: {}; "
                                "workers went on with the blocks that they had",
                                lasted.count(), std::exchange(unwritten_why, {}))}});
}

std::vector<std::string> JobState::troubles() const {
  std::vector<std::string> lines;
  if (!unwritten_why.empty())
    lines.push_back(fmt::format("the supervisor cannot write its state: {}", unwritten_why));
  if (!cuts_paused.empty()) lines.push_back(fmt::format("checkpoints are paused: {}", cuts_paused));
  for (const auto& [node, why] : homes_lacking)
    lines.push_back(fmt::format("checkpoints are not stored on node {}: {}", node, why));
  return lines;
}

}  // namespace dk
