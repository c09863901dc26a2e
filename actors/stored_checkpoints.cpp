// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/stored_checkpoints.hpp"

#include "actors/defaults.hpp"
#include "actors/error.hpp"
#include "actors/logic/ledger.hpp"
#include "base/checksum.hpp"
#include "base/wall_time.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <chrono>
#include <cstring>

namespace dk {
namespace {

constexpr std::size_t kEventsPerPage = 10'000;
constexpr std::uint64_t kAllChunks = UINT64_MAX;

std::string numbers(const std::vector<storage::Manifest>& manifests) {
  std::string list;
  for (const auto& manifest : manifests)
    list += fmt::format("{}{}", list.empty() ? "" : ", ", manifest.checkpoint);
  return list.empty() ? "none" : list;
}

std::uint64_t final_of(const nlohmann::json& record) {
  const auto found = record.find("final_checkpoint");
  return found == record.end() || !found->is_number() ? 0 : found->get<std::uint64_t>();
}

bool ended(const nlohmann::json& record) {
  const auto state = record.value("state", "");
  return state == "finished" || state == "failed" || state == "cancelled";
}

}  // namespace

StoredCheckpoints::StoredCheckpoints(caf::actor_system& system, LocalSupervisorActor supervisor,
                                     storage::StateStore& state, storage::ChunkStore& own)
    : system_(system), supervisor_(std::move(supervisor)), state_(state), own_(own) {}

template <class T, class Handle, class... Args>
Result<T> StoredCheckpoints::ask(const Handle& whom, Args... args) {
  caf::scoped_actor self{system_};
  Result<T> result = fail(Errc::kUnavailable, "no answer");
  self->request(whom, defaults::kControlTimeout, std::move(args)...)
      .receive([&](T& value) { result = std::move(value); },
               [&](const caf::error& why) { result = fail(from_caf(why)); });
  return result;
}

// -- machines ----------------------------------------------------------------------------

Result<void> StoredCheckpoints::find_machines() {
  if (machines_) return {};
  DK_TRY_ASSIGN(machines_, ask<ClusterNodes>(supervisor_, store_atom_v));
  return {};
}

Result<ChunkStoreActor> StoredCheckpoints::store_on(const std::string& name) {
  DK_TRY(find_machines());
  if (const auto known = stores_.find(name); known != stores_.end()) return known->second;
  const auto open = [&]() -> Result<ChunkStoreActor> {
    const auto node = std::ranges::find_if(
        *machines_, [&](const ClusterNode& machine) { return machine.info.name == name; });
    if (node == machines_->end() || !node->alive)
      return fail(Errc::kUnavailable, "not in the cluster now");
    const auto agent = caf::actor_cast<NodeAgentActor>(node->info.agent.handle);
    DK_TRY_ASSIGN(const auto store, ask<caf::strong_actor_ptr>(agent, store_atom_v));
    return caf::actor_cast<ChunkStoreActor>(store);
  };
  return stores_.emplace(name, open()).first->second;
}

Result<void> StoredCheckpoints::check(const std::string& node, const storage::Manifest& manifest,
                                      const storage::ChunkEntry& chunk) {
  DK_TRY_ASSIGN(const auto bytes, fetch(node, manifest, chunk));
  if (bytes.size() == chunk.count * sizeof(float) && checksum(bytes) == chunk.checksum) return {};
  return fail(Errc::kCorrupt, "chunk {} of checkpoint {} of job {} is not the one in the manifest",
              chunk.offset, manifest.checkpoint.value, manifest.job.value);
}

Result<Bytes> StoredCheckpoints::fetch(const std::string& node, const storage::Manifest& manifest,
                                       const storage::ChunkEntry& chunk) {
  DK_TRY_ASSIGN(const auto store, store_on(node));
  DK_TRY_ASSIGN(const auto tensor,
                ask<Tensor>(store, get_atom_v, manifest.job, manifest.checkpoint, chunk.offset));
  const auto bytes = std::as_bytes(tensor.span());
  return Bytes(bytes.begin(), bytes.end());
}

void StoredCheckpoints::drop_chunks(JobId job, CheckpointId newest,
                                    const std::vector<CheckpointId>& kept) {
  if (!find_machines()) return;
  for (const auto& node : *machines_) {
    if (const auto store = store_on(node.info.name))
      caf::anon_send(*store, drop_atom_v, job, newest, kept);
  }
}

void StoredCheckpoints::drop_jobs(JobId newest, const std::vector<JobId>& kept) {
  if (!find_machines()) return;
  for (const auto& node : *machines_) {
    if (const auto store = store_on(node.info.name))
      caf::anon_send(*store, drop_atom_v, newest, kept);
  }
}

// -- questions -----------------------------------------------------------------------------

Result<storage::Manifest> StoredCheckpoints::find(JobId job, CheckpointId checkpoint) {
  DK_TRY_ASSIGN(const auto scan, state_.manifests(job));
  const auto found = std::ranges::find(scan.good, checkpoint, &storage::Manifest::checkpoint);
  if (found != scan.good.end()) return *found;
  return fail(Errc::kNotFound, "job {} has no checkpoint {}; there are: {}", job.value,
              checkpoint.value, numbers(scan.good));
}

Result<std::map<std::uint64_t, nlohmann::json>> StoredCheckpoints::told(JobId job) {
  std::map<std::uint64_t, nlohmann::json> found;
  for (std::uint64_t next = 0;;) {
    DK_TRY_ASSIGN(const auto lines, state_.events(job, next, kEventsPerPage));
    next += lines.size();
    for (const auto& line : lines) {
      if (line.find("\"checkpoint\"") == std::string::npos) continue;
      const auto event = nlohmann::json::parse(line, nullptr, false);
      if (event.is_object() && event.value("event", "") == "checkpoint" &&
          event.contains("checkpoint") && event.at("checkpoint").is_number_unsigned())
        found[event.at("checkpoint").get<std::uint64_t>()] = event;
    }
    if (lines.size() < kEventsPerPage) return found;
  }
}

Result<nlohmann::json> StoredCheckpoints::list(JobId job, const nlohmann::json& record) {
  DK_TRY_ASSIGN(const auto scan, state_.manifests(job));
  DK_TRY_ASSIGN(const auto events, told(job));
  auto result = nlohmann::json::array();
  for (const auto& manifest : scan.good) {
    std::map<std::string, std::uint64_t> chunks;
    for (const auto& chunk : manifest.chunks) {
      for (const auto& node : chunk.nodes) ++chunks[node];
    }
    nlohmann::json entry{
        {"checkpoint", manifest.checkpoint.value},
        {"time_ms", manifest.created_ms},
        {"age_seconds",
         static_cast<double>(wall_ms() - static_cast<std::int64_t>(manifest.created_ms)) / 1000},
        {"updates", manifest.updates_applied},
        {"bytes", manifest.parameter_count * sizeof(float)},
        {"chunks", manifest.chunks.size()},
        {"nodes", chunks},
        {"restart", manifest.checkpoint == scan.good.front().checkpoint && !ended(record)},
        {"result", manifest.checkpoint.value == final_of(record)}};
    const auto event = events.find(manifest.checkpoint.value);
    for (const auto* key : {"epoch", "loss", "accuracy", "metrics"}) {
      entry[key] = event == events.end() || !event->second.contains(key) ? nlohmann::json()
                                                                         : event->second.at(key);
    }
    result.push_back(std::move(entry));
  }
  for (const auto& line : scan.refused)
    result.push_back({{"checkpoint", nullptr}, {"damaged", line}});
  return result;
}

Result<nlohmann::json> StoredCheckpoints::verify(JobId job, CheckpointId checkpoint,
                                                 std::uint64_t first, std::uint64_t limit) {
  DK_TRY_ASSIGN(const auto manifest, find(job, checkpoint));
  const auto total = manifest.chunks.size();
  const auto last = first >= total ? total : first + std::min<std::uint64_t>(limit, total - first);
  auto faults = nlohmann::json::array();
  auto lost = nlohmann::json::array();
  std::uint64_t bytes = 0;
  for (auto i = first; i < last; ++i) {
    const auto& chunk = manifest.chunks[i];
    std::size_t good = 0;
    for (const auto& node : chunk.nodes) {
      const auto checked = check(node, manifest, chunk);
      if (checked) {
        ++good;
        bytes += chunk.count * sizeof(float);
        continue;
      }
      faults.push_back({{"job", job.value},
                        {"checkpoint", checkpoint.value},
                        {"chunk", chunk.offset},
                        {"node", node},
                        {"code", to_string(checked.error().code)},
                        {"reason", checked.error().message}});
    }
    if (good == 0) lost.push_back(chunk.offset);
  }
  return nlohmann::json{{"checkpoint", checkpoint.value},
                        {"chunks", total},
                        {"next", last},
                        {"ended", last >= total},
                        {"bytes", bytes},
                        {"faults", faults},
                        {"lost", lost}};
}

Result<std::vector<float>> StoredCheckpoints::read(const storage::Manifest& manifest,
                                                   std::uint64_t count) {
  std::vector<float> floats(count);
  for (const auto& chunk : manifest.chunks) {
    // The algorithm's slots follow the weights; no chunk is of both.
    if (chunk.offset >= count) break;
    const auto whole = [&](const Result<Bytes>& bytes) {
      return bytes && bytes->size() == chunk.count * sizeof(float) &&
             checksum(*bytes) == chunk.checksum && chunk.count <= count - chunk.offset;
    };
    auto bytes = own_.get({manifest.job, manifest.checkpoint, chunk.offset});
    std::string tried = bytes ? "this machine: damaged" : bytes.error().message;
    for (std::size_t i = 0; i < chunk.nodes.size() && !whole(bytes); ++i) {
      bytes = fetch(chunk.nodes[i], manifest, chunk);
      tried +=
          fmt::format("; node {}: {}", chunk.nodes[i], bytes ? "damaged" : bytes.error().message);
    }
    if (!whole(bytes)) {
      return fail(Errc::kCorrupt, "{}: no whole copy of the chunk at {} ({})",
                  storage::to_string(manifest.job, manifest.checkpoint), chunk.offset, tried);
    }
    std::memcpy(floats.data() + chunk.offset, bytes->data(), bytes->size());
  }
  return floats;
}

// -- dropping --------------------------------------------------------------------------------

Result<void> StoredCheckpoints::expect_whole_remains(
    const std::vector<storage::Manifest>& remaining) {
  std::string damaged;
  for (const auto& manifest : remaining) {
    DK_TRY_ASSIGN(const auto found, verify(manifest.job, manifest.checkpoint, 0, kAllChunks));
    if (found.at("lost").empty()) return {};
    damaged += fmt::format("{}{}", damaged.empty() ? "" : ", ", manifest.checkpoint);
  }
  if (remaining.empty())
    return fail(Errc::kInvalid, "nothing was pruned: no checkpoint would remain");
  return fail(Errc::kInvalid,
              "nothing was pruned: of what would remain nothing is whole (damaged: {})", damaged);
}

Result<nlohmann::json> StoredCheckpoints::prune(JobId job, const nlohmann::json& record,
                                                const std::vector<CheckpointId>& ids) {
  if (ids.empty()) return fail(Errc::kInvalid, "no checkpoint was named");
  for (const auto id : ids) {
    DK_TRY(find(job, id));
    if (ended(record) && id.value == final_of(record))
      return fail(Errc::kInvalid, "checkpoint {} stays: it holds the job's result", id.value);
  }
  DK_TRY_ASSIGN(const auto scan, state_.manifests(job));
  std::vector<storage::Manifest> remaining;
  std::vector<CheckpointId> kept;
  for (const auto& manifest : scan.good) {
    if (std::ranges::find(ids, manifest.checkpoint) != ids.end()) continue;
    remaining.push_back(manifest);
    kept.push_back(manifest.checkpoint);
  }
  DK_TRY(expect_whole_remains(remaining));
  DK_TRY(ask<bool>(supervisor_, drop_atom_v, job, ids));
  // A running job does that itself, and knows of newer ones.
  if (ended(record)) drop_chunks(job, *std::ranges::max_element(ids), kept);
  auto pruned = nlohmann::json::array();
  for (const auto id : ids) pruned.push_back(id.value);
  return nlohmann::json{{"pruned", pruned}};
}

}  // namespace dk
