// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/simulation/checker.hpp"

#include "actors/chunk_transfer.hpp"
#include "actors/descriptor/job_model.hpp"
#include "actors/logic/ledger.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <cmath>

namespace dk::simulation {
namespace {

/// Sums of some hundred floats of about 1, in any order.
constexpr double kTolerance = 1e-3;

std::pair<caf::actor_id, std::uint64_t> request(const test::Passage& passage) {
  const auto& message = *passage.message;
  const auto id = message.mid.request_id().integer_value();
  if (message.mid.is_response()) return {passage.receiver, id};
  return {message.sender ? message.sender->id() : 0, id};
}

}  // namespace

Checker::Checker(const JobSpec& spec, std::vector<std::shared_ptr<storage::KeyValueStore>> states)
    : spec_(spec), states_(std::move(states)) {
  const auto model = build_initial_model(spec_, 0);
  if (!model) {
    violation(model.error().message);
    return;
  }
  const auto parameters = (*model)->parameters();
  initial_.assign(parameters.begin(), parameters.end());
}

void Checker::violation(const std::string& what) {
  violations_.push_back(what);
}

bool Checker::adds_up() const {
  return spec_.algorithm.name == "adag" || spec_.algorithm.name == "downpour";
}

void Checker::saw(const test::Passage& passage) {
  if (passage.message == nullptr || (passage.fate != "here" && passage.fate != "sent")) return;
  const auto& content = passage.message->content();
  if (content.match_elements<exchange_atom, ExchangePart>()) {
    part_sent(passage, content.get_as<ExchangePart>(1));
  } else if (content.match_elements<ExchangedPart>()) {
    part_answered(passage, content.get_as<ExchangedPart>(0));
  } else if (content.match_elements<replicate_atom, ReplicaOperation>()) {
    copy_sent(passage, content.get_as<ReplicaOperation>(1));
  } else if (content.match_elements<std::uint64_t>()) {
    if (const auto copy = copies_.find(request(passage)); copy != copies_.end())
      copied_.emplace(copy->second.shard, copy->second.worker, copy->second.sequence);
  } else if (content.match_elements<ShardSnapshotPtr>()) {
    snapshot(*content.get_as<ShardSnapshotPtr>(0));
  } else if (content.match_elements<snap_atom, TakeSnapshot>()) {
    cuts_[request(passage)] = content.get_as<TakeSnapshot>(1).checkpoint;
  } else if (content.match_elements<std::vector<ShardCut>>()) {
    if (const auto asked = cuts_.find(request(passage)); asked != cuts_.end())
      cut(asked->second, content.get_as<std::vector<ShardCut>>(0));
  } else if (content.match_elements<Fenced>()) {
    fenced(content.get_as<Fenced>(0));
  } else if (content.match_elements<start_atom, StartShards>()) {
    generation_begins(content.get_as<StartShards>(1));
  } else if (content.match_elements<start_atom, StartWorkers>()) {
    workers_start(content.get_as<StartWorkers>(1));
  } else if (content.match_elements<promote_atom, Promote>()) {
    promote_sent(content.get_as<Promote>(1));
  } else if (content.match_elements<put_atom, WorkGrants>()) {
    granted(content.get_as<WorkGrants>(1));
  } else if (content.match_elements<WorkGrants>()) {
    granted(content.get_as<WorkGrants>(0));
  } else if (content.match_elements<put_atom, Chunk>()) {
    chunk(content.get_as<Chunk>(1));
  } else if (content.match_elements<get_atom, JobId, CheckpointId, std::uint64_t>()) {
    chunk_wanted(passage.message->sender->id(), content.get_as<CheckpointId>(2),
                 content.get_as<std::uint64_t>(3));
  } else if (content.match_elements<Tensor>()) {
    chunk_read(passage.receiver, content.get_as<Tensor>(0));
  } else if (content.match_elements<FloatsPtr>()) {
    chunks_taken(passage.message->sender->id());
  }
}

// -- commits -------------------------------------------------------------------------

void Checker::part_sent(const test::Passage& passage, const ExchangePart& part) {
  const auto shard = shard_of_.find(part.shard);
  if (shard == shard_of_.end() || part.shard < shards_[shard->second].incarnation) return;
  const WorkerLife worker(part.worker, part.incarnation);
  parts_[request(passage)] = {shard->second, part.shard, worker, part.sequence};
  auto& commit = lives_[worker].commits[part.sequence];
  commit.block = part.block;
  const auto values = part.values.span();
  commit.values[shard->second].assign(values.begin(), values.end());
}

void Checker::part_answered(const test::Passage& passage, const ExchangedPart& answer) {
  const auto found = parts_.find(request(passage));
  if (found == parts_.end()) return;
  const auto part = found->second;
  const auto& shard = shards_[part.shard];
  if (shard_of_[part.primary] != part.shard || part.primary < shard.incarnation) return;
  ++checks_;
  auto& newest = newest_answer_[part.shard];
  if (!answer.duplicate) {
    if (part.primary < newest && !copied_.contains({part.shard, part.worker, part.sequence})) {
      violation(
          fmt::format("shard {}: primary {} acknowledges a commit of worker {} although {} "
                      "has taken over",
                      part.shard, part.primary, part.worker.first, newest));
    }
    if (!applied_.emplace(part.shard, part.worker, part.sequence).second) {
      violation(fmt::format("shard {}: commit {} of worker {} incarnation {} is applied twice",
                            part.shard, part.sequence, part.worker.first, part.worker.second));
    }
  }
  newest = std::max(newest, part.primary);
  auto& acknowledged = lives_[part.worker].acknowledged[part.shard];
  acknowledged = std::max(acknowledged, part.sequence);
}

void Checker::copy_sent(const test::Passage& passage, const ReplicaOperation& operation) {
  const auto* part = std::get_if<ExchangePart>(&operation.operation.what);
  const auto shard = shard_of_.find(operation.primary);
  if (part == nullptr || shard == shard_of_.end()) return;
  copies_[request(passage)] = {
      shard->second, operation.primary, {part->worker, part->incarnation}, part->sequence};
}

void Checker::fenced(const Fenced& answer) {
  auto& life = lives_[{answer.worker, answer.incarnation}];
  const auto due = due_of(life, answer.shard);
  life.fenced[answer.shard] = answer.complete;
  ++checks_;
  if (answer.complete >= due) return;
  violation(
      fmt::format("shard {} has acknowledged commit {} of worker {} and knows only {} at its end",
                  answer.shard, due, answer.worker, answer.complete));
}

std::uint64_t Checker::settled(const Life& life) const {
  if (life.fenced.size() < shards_.size()) {
    // It lives: what every shard has acknowledged.
    if (life.acknowledged.size() < shards_.size()) return 0;
    return std::ranges::min_element(life.acknowledged, {},
                                    [](const auto& entry) { return entry.second; })
        ->second;
  }
  return std::ranges::min_element(life.fenced, {}, [](const auto& entry) { return entry.second; })
      ->second;
}

std::uint64_t Checker::due_of(const Life& life, ShardId shard) const {
  const auto found = life.acknowledged.find(shard);
  const auto acknowledged = found == life.acknowledged.end() ? 0 : found->second;
  // At its end, a commit that some shard does not have leaves the others again.
  return life.fenced.size() == shards_.size() ? std::min(acknowledged, settled(life))
                                              : acknowledged;
}

// -- weights -------------------------------------------------------------------------

void Checker::snapshot(const ShardSnapshot& snapshot) {
  const auto shard = snapshot.cut.shard;
  // A primary that has been replaced may get an order that was long on its way.
  if (shard_of_[snapshot.cut.incarnation] != shard ||
      snapshot.cut.incarnation < newest_primary_[shard]) {
    return;
  }
  std::map<WorkerLife, std::uint64_t> in;
  std::map<WorkerId, Incarnation> newest;
  for (const auto& commit : snapshot.cut.commits) {
    in[{commit.worker, commit.incarnation}] = commit.sequence;
    newest[commit.worker] = commit.incarnation;
  }
  for (auto& [worker, life] : lives_) {
    const auto known = newest.find(worker.first);
    if (known != newest.end() && known->second == worker.second) {
      ++checks_;
      if (in[worker] < due_of(life, shard)) {
        violation(
            fmt::format("shard {} has acknowledged commit {} of worker {} incarnation {}; "
                        "its cut has only {}",
                        shard, life.acknowledged[shard], worker.first, worker.second, in[worker]));
      }
    } else if (life.fenced.size() == shards_.size()) {
      in[worker] = settled(life);
    } else if (life.acknowledged[shard] > 0) {
      violation(
          fmt::format("shard {} has acknowledged commit {} of worker {} incarnation {}, "
                      "which its cut does not know",
                      shard, life.acknowledged[shard], worker.first, worker.second));
    }
  }
  if (adds_up()) check_weights(snapshot, in);
}

void Checker::check_weights(const ShardSnapshot& snapshot,
                            const std::map<WorkerLife, std::uint64_t>& in) {
  const auto& shard = shards_[snapshot.cut.shard];
  if (base_.size() < shard.offset + shard.count) return;
  std::vector<double> expected(
      base_.begin() + static_cast<std::ptrdiff_t>(shard.offset),
      base_.begin() + static_cast<std::ptrdiff_t>(shard.offset + shard.count));
  for (const auto& [worker, upto] : in) {
    for (const auto& [sequence, commit] : lives_[worker].commits) {
      const auto values = commit.values.find(snapshot.cut.shard);
      if (sequence > upto || values == commit.values.end()) continue;
      for (std::size_t i = 0; i < std::min(expected.size(), values->second.size()); ++i)
        expected[i] += static_cast<double>(values->second[i]);
    }
  }
  ++checks_;
  std::vector<float> weights;
  for (const auto& part : snapshot.floats)
    weights.insert(weights.end(), part.span().begin(), part.span().end());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto real = static_cast<double>(weights[i]);
    if (std::abs(real - expected[i]) <= kTolerance * (1 + std::abs(expected[i]))) continue;
    violation(fmt::format("shard {} of incarnation {}: weight {} is {}, and {} by its commits",
                          snapshot.cut.shard, snapshot.cut.incarnation, shard.offset + i, real,
                          expected[i]));
    return;
  }
}

void Checker::chunk(const Chunk& chunk) {
  auto& weights = weights_at_[chunk.checkpoint];
  const auto values = chunk.values.span();
  weights.resize(std::max<std::size_t>(weights.size(), chunk.offset + values.size()));
  std::ranges::copy(values, weights.begin() + static_cast<std::ptrdiff_t>(chunk.offset));
}

void Checker::cut(CheckpointId checkpoint, const std::vector<ShardCut>& cuts) {
  if (cuts.empty()) return;
  std::map<WorkerLife, std::uint64_t> in;
  for (const auto& commit : cuts.front().commits)
    in[{commit.worker, commit.incarnation}] = commit.sequence;
  auto blocks = base_blocks_;
  for (const auto& [worker, life] : lives_) {
    const auto known = in.find(worker);
    const auto upto = known != in.end() ? known->second : settled(life);
    for (const auto& [sequence, commit] : life.commits) {
      if (sequence <= upto) blocks.push_back(commit.block);
    }
  }
  blocks_at_[checkpoint] = std::move(blocks);
}

}  // namespace dk::simulation
