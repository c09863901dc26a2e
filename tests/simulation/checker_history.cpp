// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/ledger.hpp"
#include "tests/simulation/checker.hpp"

#include <algorithm>
#include <cstring>

namespace dk::simulation {

void Checker::generation_begins(const StartShards& message) {
  const auto checkpoint = message.place.checkpoint;
  if (message.generation < generation_) {
    violation(
        fmt::format("generation {} begins after generation {}", message.generation, generation_));
    return;
  }
  if (message.generation > generation_) {
    generation_ = message.generation;
    if (!shard_of_.empty()) newest_before_ = shard_of_.rbegin()->first;
    shards_.clear();
    newest_answer_.clear();
    lives_.clear();
    applied_.clear();
    copied_.clear();
    base_ = checkpoint ? weights_at_[checkpoint] : initial_;
    base_blocks_ = checkpoint ? blocks_at_[checkpoint] : std::vector<std::uint64_t>{};
    if (checkpoint) {
      ++checks_;
      bool whole = false;
      const bool stored = durable([&](storage::StateStore& store) {
        const auto scan = store.manifests(JobId(1));
        const bool good = scan && std::ranges::any_of(scan->good, [&](const auto& manifest) {
                            return manifest.checkpoint == checkpoint;
                          });
        whole = whole || good;
        // Where a bit was lost it may be this one that was stored.
        return good || (scan && !scan->refused.empty());
      });
      if (!stored || !whole)
        violation(fmt::format("checkpoint {} is used and has no manifest", checkpoint));
    }
  }
  for (const auto& shard : message.shards) {
    if (shard.incarnation <= newest_before_) {
      violation(fmt::format("shard {} starts with incarnation {}, which is not new", shard.shard,
                            shard.incarnation));
    }
    shard_of_[shard.incarnation] = shard.shard;
    shards_[shard.shard] = shard;
    newest_primary_[shard.shard] = std::max(newest_primary_[shard.shard], shard.incarnation);
  }
}

void Checker::workers_start(const StartWorkers& message) {
  for (const auto& worker : message.workers) {
    auto& newest = newest_worker_[worker.worker];
    if (message.generation < generation_) continue;
    if (worker.incarnation < newest) {
      violation(fmt::format("worker {} starts with incarnation {} after {}", worker.worker,
                            worker.incarnation, newest));
    }
    newest = std::max(newest, worker.incarnation);
  }
}

void Checker::promote_sent(const Promote& message) {
  if (message.generation < generation_) return;
  ++checks_;
  auto& newest = newest_primary_[message.shard];
  if (message.primary < newest) {
    violation(fmt::format("shard {} is promoted to incarnation {}, which is not new", message.shard,
                          message.primary));
  }
  newest = message.primary;
  shard_of_[message.primary] = message.shard;
  const bool stored = durable([&](storage::StateStore& store) {
    const auto shards = record(store).value("shards", nlohmann::json::array());
    return std::ranges::any_of(shards, [&](const auto& shard) {
      return shard.at(0) == message.shard.value && shard.at(1) == message.primary.value;
    });
  });
  if (stored) return;
  violation(fmt::format("shard {} is promoted to incarnation {} before that is durable",
                        message.shard, message.primary));
}

bool Checker::durable(const std::function<bool(storage::StateStore&)>& holds) const {
  std::size_t copies = 0;
  for (const auto& state : states_) {
    auto store = storage::make_state_store(state);
    copies += store && holds(**store) ? 1U : 0U;
  }
  return copies > states_.size() / 2;
}

nlohmann::json Checker::record(storage::StateStore& store) {
  const auto jobs = store.jobs();
  if (!jobs || jobs->empty()) return nlohmann::json::object();
  const auto& bytes = jobs->front().second;
  return nlohmann::json::parse(
      std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()), nullptr, false);
}

void Checker::granted(const WorkGrants& grants) {
  if (spec_.algorithm.name == "sandblaster-lbfgs") return;
  if (std::ranges::all_of(grants.grants, [](const auto& grant) { return grant.blocks.empty(); }))
    return;
  std::vector<std::string> faults;
  const bool stored = durable([&](storage::StateStore& store) {
    const auto known = faults.size();
    granted(store, grants, faults);
    return faults.size() == known;
  });
  if (!stored) violation(faults.front());
}

void Checker::granted(storage::StateStore& store, const WorkGrants& grants,
                      std::vector<std::string>& faults) {
  const auto bytes = store.ledger(JobId(1));
  if (!bytes || !*bytes) return faults.push_back("leases are granted without a durable ledger");
  const auto ledger = Ledger::decode(**bytes, {});
  if (!ledger) return faults.push_back(ledger.error().message);
  const auto durable_record = record(store);
  for (const auto& grant : grants.grants) {
    // One that has been lost meanwhile has no leases any more, and takes none.
    const auto is_it = [&](const nlohmann::json& worker) {
      return worker.at(0) == grant.worker.value && worker.at(1) == grant.incarnation.value;
    };
    const auto workers = durable_record.value("workers", nlohmann::json::array());
    if (std::ranges::none_of(workers, is_it)) continue;
    for (const auto block : grant.blocks) {
      ++checks_;
      // Done meanwhile: an answer that comes too late for its request, which nobody waits for.
      auto copy = *ledger;
      if (copy.complete(grant.worker, grant.incarnation, block) != Ledger::Outcome::kStale)
        continue;
      faults.push_back(
          fmt::format("worker {} incarnation {} is granted block {} before that is durable",
                      grant.worker, grant.incarnation, block));
    }
  }
}

void Checker::chunk_wanted(caf::actor_id reader, CheckpointId checkpoint, std::uint64_t offset) {
  auto& reading = readings_[reader];
  if (reading.offset != offset) chunks_taken(reader);
  reading = {checkpoint, offset, false};
}

void Checker::chunk_read(caf::actor_id reader, const Tensor& values) {
  const auto found = readings_.find(reader);
  if (found == readings_.end()) return;
  ++checks_;
  auto& [checkpoint, offset, damaged] = found->second;
  const auto& written = weights_at_[checkpoint];
  const auto read = std::as_bytes(values.span());
  damaged = written.size() < offset + values.size() ||
            std::memcmp(written.data() + offset, read.data(), read.size()) != 0;
}

void Checker::chunks_taken(caf::actor_id reader) {
  const auto found = readings_.find(reader);
  if (found == readings_.end() || !found->second.damaged) return;
  violation(fmt::format("checkpoint {}, chunk at {}: a damaged copy is taken for what was written",
                        found->second.checkpoint, found->second.offset));
}

void Checker::finished(const nlohmann::json& outcome, std::uint64_t samples) {
  std::uint64_t repeated = 0;
  for (const auto& epoch : outcome.at("account")) {
    ++checks_;
    repeated += epoch.at("repeated").get<std::uint64_t>();
    if (epoch.at("visited") != samples || epoch.at("missed") != 0)
      violation("the account does not add up: " + epoch.dump());
  }
  const auto& updates = outcome.at("updates");
  if (repeated > 0 && updates.at("lost") == 0)
    violation(fmt::format("{} samples were repeated although nothing was lost", repeated));
  const auto& name = spec_.algorithm.name;
  if (name != "adag" && name != "downpour" && name != "dynsgd" && name != "aeasgd" &&
      name != "eamsgd") {
    return;
  }
  std::map<std::uint64_t, int> times;
  for (const auto block : base_blocks_) ++times[block];
  for (const auto& [worker, life] : lives_) {
    const auto upto = settled(life);
    for (const auto& [sequence, commit] : life.commits) {
      if (sequence <= upto) ++times[commit.block];
    }
  }
  const auto blocks = updates.at("applied").get<std::uint64_t>();
  for (std::uint64_t block = 0; block < blocks; ++block) {
    ++checks_;
    if (times[block] != 1)
      violation(fmt::format("block {} is in the weights {} times", block, times[block]));
  }
}

}  // namespace dk::simulation
