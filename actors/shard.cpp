// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/shard.hpp"

#include "actors/algorithms/kernels.hpp"
#include "actors/algorithms/statistics.hpp"
#include "actors/mutant.hpp"

#include <algorithm>
#include <atomic>

namespace dk {

Shard::Shard(ShardConfig config)
    : config_(std::move(config)),
      floats_(config_.values, config_.count, std::size_t{1} + config_.algorithm->shard_slots()),
      parts_(floats_.parts()),
      pool_(parts_.largest()),
      rounds_(config_.algorithm->pace().kind == Pace::Kind::kRounds),
      full_batch_(config_.algorithm->pace().kind == Pace::Kind::kFullBatch),
      keeps_contributions_(rounds_ || config_.algorithm->reversible()) {
  config_.values = nullptr;
}

const Shard::View& Shard::writable(std::uint32_t part) {
  const auto offset = parts_.offset(part);
  view_.centre = floats_.writable(0, part);
  view_.learning =
      std::min(view_.centre.size(), config_.learning - std::min(config_.learning, offset));
  view_.slots.clear();
  for (std::size_t vector = 1; vector < floats_.vectors(); ++vector)
    view_.slots.push_back(floats_.writable(vector, part).first(view_.learning));
  return view_;
}

Tensor Shard::copy(std::uint64_t offset, std::uint64_t count) {
  auto buffer = pool_.take();
  floats_.copy(offset, {buffer.get(), count});
  return {std::move(buffer), count};
}

Result<ExchangedPart> Shard::exchange(const ExchangePart& part) {
  if (part.shard != config_.incarnation) {
    return fail(Errc::kStaleIncarnation, "shard {} has incarnation {}, not {}", config_.shard,
                config_.incarnation, part.shard);
  }
  DK_TRY(check(part));
  return take_in(part);
}

Result<void> Shard::check(const ExchangePart& part) const {
  if (part.parts == parts_.count() && part.part < part.parts &&
      part.offset == parts_.offset(part.part) && part.values.size() == parts_.size(part.part)) {
    return {};
  }
  return fail(Errc::kInvalid,
              "part {} of {} with {} floats at {} does not fit shard {} of {} floats", part.part,
              part.parts, part.values.size(), part.offset, config_.shard, config_.count);
}

Result<ExchangedPart> Shard::take_in(const ExchangePart& part) {
  const CommitTable::Part key{part.worker, part.incarnation, part.sequence,
                              part.block,  part.part,        part.parts};
  switch (commits_.judge(key)) {
    case CommitTable::Verdict::kStale:
      if (mutated(Mutant::kTakeFromFenced)) return ExchangedPart{false, take(part)};
      return fail(Errc::kStaleIncarnation, "worker {} incarnation {} has been replaced",
                  part.worker, part.incarnation);
    case CommitTable::Verdict::kOutOfOrder:
      return fail(Errc::kInvalid, "worker {} sent commit {} before the one in front of it",
                  part.worker, part.sequence);
    case CommitTable::Verdict::kDuplicate: {
      if (mutated(Mutant::kSkipDedupe)) return ExchangedPart{false, take(part)};
      if (std::exchange(last_duplicate_[part.worker], part.sequence) != part.sequence)
        config_.duplicates->fetch_add(1, std::memory_order_relaxed);
      return ExchangedPart{true, answer_again(part)};
    }
    case CommitTable::Verdict::kApply:
      break;
  }
  if (!kernels::all_finite(part.values.span())) {
    return fail(Errc::kInvalid, "shard {} refused its update: it has numbers that are not finite",
                config_.shard);
  }
  auto reply = take(part);
  commits_.applied(key);
  return ExchangedPart{false, std::move(reply)};
}

Shard::Newest& Shard::newest(const ExchangePart& part) {
  auto& newest = newest_[part.worker];
  // What a life before this one was answered is not what this one knows.
  if (newest.incarnation != part.incarnation) newest = {part.incarnation, 0, {}, {}, {}, {}};
  if (newest.sequence != part.sequence) {
    newest.sequence = part.sequence;
    newest.contributions.assign(part.parts, Tensor{});
    newest.replies.resize(part.parts);
    newest.staleness.assign(part.parts, 0);
    newest.taken.assign(part.parts, 0);
  }
  return newest;
}

Tensor Shard::take(const ExchangePart& part) {
  const auto& algorithm = *config_.algorithm;
  if (full_batch_ && !is_new(part)) return {};
  auto& mine = newest(part);
  if (keeps_contributions_) mine.contributions[part.part] = part.values;
  if (rounds_) return {};
  const auto size = part.values.size();
  const bool replies = part.fetch && algorithm.fetches(part.sequence);
  auto buffer = replies ? pool_.take() : nullptr;
  const std::span<float> reply(buffer.get(), replies ? size : 0);
  const auto& view = writable(part.part);
  TakeContext context{commits_.version() - commits_.version_seen(part.worker),
                      config_.taken + commits_.version(),
                      {}};
  mine.staleness[part.part] = context.staleness;
  mine.taken[part.part] = context.taken;
  const auto& last = mine.replies[part.part];
  if (last.size() > 0) context.last_reply = last.span().first(view.learning);
  const auto learning = [&](auto whole) {
    return whole.first(std::min(whole.size(), view.learning));
  };
  const auto rest = [&](auto whole) {
    return whole.subspan(std::min(whole.size(), view.learning));
  };
  algorithm.take(learning(view.centre), learning(part.values.span()), context, view.slots,
                 learning(reply));
  if (view.learning < size) {
    statistics::take(rest(view.centre), rest(part.values.span()), rest(reply));
  }
  Tensor answer(std::move(buffer), reply.size());
  if (algorithm.keeps_reply()) mine.replies[part.part] = answer;
  return answer;
}

Tensor Shard::answer_again(const ExchangePart& part) {
  const auto& algorithm = *config_.algorithm;
  if (rounds_ || !part.fetch || !algorithm.fetches(part.sequence)) return {};
  const auto found = newest_.find(part.worker);
  if (algorithm.keeps_reply() && found != newest_.end() &&
      found->second.sequence == part.sequence) {
    return found->second.replies[part.part];
  }
  return copy(part.offset, part.values.size());
}

Result<void> Shard::close(const CloseRound& round) {
  if (round.round <= closed_round_) return {};
  std::vector<const Newest*> members;
  for (const auto& member : round.members) {
    const auto found = newest_.find(member.worker);
    if (found == newest_.end() || found->second.sequence != member.sequence) {
      return fail(Errc::kInvalid, "commit {} of worker {} is not in shard {}", member.sequence,
                  member.worker, config_.shard);
    }
    members.push_back(&found->second);
  }
  std::vector<std::span<const float>> learning(members.size());
  std::vector<std::span<const float>> rest(members.size());
  for (std::uint32_t part = 0; part < parts_.count() && !members.empty(); ++part) {
    const auto& view = writable(part);
    for (std::size_t i = 0; i < members.size(); ++i) {
      const auto whole = members[i]->contributions[part].span();
      learning[i] = whole.first(view.learning);
      rest[i] = whole.subspan(view.learning);
    }
    if (view.learning > 0) {
      config_.algorithm->combine(view.centre.first(view.learning), learning, view.slots);
    }
    if (view.learning < view.centre.size()) {
      statistics::combine(view.centre.subspan(view.learning), rest);
    }
  }
  closed_round_ = round.round;
  return {};
}

bool Shard::is_new(const ExchangePart& part) {
  if (part.block < first_block_) return false;
  auto& parts = blocks_[part.block];
  parts.resize(parts_.count());
  if (parts[part.part]) return false;
  parts[part.part] = true;
  return true;
}

Result<ProgramSums> Shard::run(const VectorProgram& program) {
  if (program.number == program_) return ProgramSums{config_.shard, sums_};
  if (program.number < program_ || !full_batch_) {
    return fail(Errc::kInvalid, "program {} came to shard {} behind program {}", program.number,
                config_.shard, program_);
  }
  DK_TRY(dk::check(program, floats_.vectors()));
  sums_.assign(program.dots.size(), 0);
  for (std::uint32_t part = 0; part < parts_.count(); ++part) {
    const auto& view = writable(part);
    std::vector<std::span<float>> spans{view.centre.first(view.learning)};
    spans.insert(spans.end(), view.slots.begin(), view.slots.end());
    dk::run(program, spans, sums_);
  }
  if (program.first_block > first_block_) blocks_.clear();
  first_block_ = program.first_block;
  program_ = program.number;
  return ProgramSums{config_.shard, sums_};
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
  const auto parts = commits_.forget_newest(worker, sequence);
  const auto found = newest_.find(worker);
  if (found == newest_.end() || found->second.sequence != sequence) return;
  const auto& newest = found->second;
  for (const auto part : parts) {
    // Whoever computes the block again, gets the same: what is in of it may stay.
    if (rounds_ || full_batch_) break;
    const auto& view = writable(part);
    const auto values = newest.contributions[part].span();
    const TakeContext context{newest.staleness[part], newest.taken[part], {}};
    const auto& reply = newest.replies[part];
    config_.algorithm->revert(view.centre.first(view.learning), values.first(view.learning),
                              context, reply.span().first(std::min(reply.size(), view.learning)));
    if (view.learning < values.size()) {
      statistics::revert(view.centre.subspan(view.learning), values.subspan(view.learning));
    }
  }
  newest_.erase(found);
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
  snapshot->floats = floats_.share();
  snapshot->count = config_.count;
  return ShardSnapshotPtr(std::move(snapshot));
}

Result<void> Shard::apply(const ShardOperation& operation) {
  if (const auto* part = std::get_if<ExchangePart>(&operation.what)) {
    DK_TRY(check(*part));
    DK_TRY(take_in(*part));
  } else if (const auto* fenced = std::get_if<FenceWorker>(&operation.what)) {
    fence(fenced->worker, fenced->incarnation);
  } else if (const auto* commit = std::get_if<RevertCommit>(&operation.what)) {
    revert(commit->worker, commit->sequence);
  } else if (const auto* round = std::get_if<CloseRound>(&operation.what)) {
    DK_TRY(close(*round));
  } else if (const auto* program = std::get_if<VectorProgram>(&operation.what)) {
    DK_TRY(run(*program));
  }
  return {};
}

}  // namespace dk
