// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/commit_table.hpp"

#include "base/check.hpp"
#include "base/result.hpp"

#include <algorithm>
#include <numeric>

namespace dk {
namespace {

constexpr std::size_t kRecentCommits = 64;
/// A shard of 1 TiB in parts of 1 MiB: a bound on what a broken sender can make a shard allocate.
constexpr std::uint32_t kMostParts = 1U << 20;
/// Begins an encoded table: "DKC" and the format's number.
constexpr std::uint32_t kFormat = 0x01434B44;
/// At least as many bytes has an entry.
constexpr std::size_t kEntryBytes = 56;

}  // namespace

CommitTable::Verdict CommitTable::judge(const Part& part) const {
  if (part.sequence == 0 || part.part >= part.parts || part.parts > kMostParts) {
    return Verdict::kOutOfOrder;
  }
  const auto found = entries_.find(part.worker);
  const Entry fresh;
  const Entry& known = found == entries_.end() ? fresh : found->second;
  if (part.incarnation <= known.fenced || part.incarnation < known.incarnation) {
    return Verdict::kStale;
  }
  const Entry& entry = part.incarnation == known.incarnation ? known : fresh;
  if (part.sequence <= entry.complete) return Verdict::kDuplicate;
  if (part.sequence > entry.complete + 1) return Verdict::kOutOfOrder;
  if (entry.parts.empty()) return Verdict::kApply;
  if (part.parts != entry.parts.size() || part.block != entry.partial_block) {
    return Verdict::kOutOfOrder;
  }
  return entry.parts[part.part] ? Verdict::kDuplicate : Verdict::kApply;
}

bool CommitTable::applied(const Part& part) {
  DK_CHECK(judge(part) == Verdict::kApply, "only a part that was let through is applied");
  Entry& entry = entries_[part.worker];
  if (entry.incarnation != part.incarnation) start(entry, part.incarnation);
  if (entry.parts.empty()) {
    entry.parts.assign(part.parts, false);
    entry.partial_block = part.block;
  }
  entry.parts[part.part] = true;
  if (std::find(entry.parts.begin(), entry.parts.end(), false) != entry.parts.end()) return false;

  entry.newest_parts = part.parts;
  entry.parts.clear();
  entry.recent.push_back({++entry.complete, part.block});
  if (entry.recent.size() > kRecentCommits) entry.recent.pop_front();
  entry.version_seen = ++version_;
  return true;
}

WorkerCommits CommitTable::fence(WorkerId worker, Incarnation incarnation) {
  Entry& entry = entries_[worker];
  entry.fenced = std::max(entry.fenced, incarnation);
  // Shards that this incarnation never reached must end up with the same entry as those it did.
  if (entry.incarnation < incarnation) start(entry, incarnation);
  if (entry.incarnation != incarnation) return {worker, incarnation, 0, 0, {}};
  const auto parts = std::count(entry.parts.begin(), entry.parts.end(), true);
  return {worker,
          incarnation,
          entry.complete,
          static_cast<std::uint32_t>(parts),
          {entry.recent.begin(), entry.recent.end()}};
}

std::vector<std::uint32_t> CommitTable::forget_newest(WorkerId worker, std::uint64_t sequence) {
  const auto found = entries_.find(worker);
  if (found == entries_.end() || found->second.incarnation > found->second.fenced) return {};
  Entry& entry = found->second;
  std::vector<std::uint32_t> parts;
  if (!entry.parts.empty()) {
    if (sequence != entry.complete + 1) return {};
    for (std::uint32_t i = 0; i < entry.parts.size(); ++i) {
      if (entry.parts[i]) parts.push_back(i);
    }
    entry.parts.clear();
  } else if (sequence == entry.complete && entry.newest_parts > 0) {
    parts.resize(entry.newest_parts);
    std::iota(parts.begin(), parts.end(), 0U);
    entry.newest_parts = 0;
    --entry.complete;
    entry.recent.pop_back();
    --version_;
    for (auto& [id, other] : entries_) other.version_seen = std::min(other.version_seen, version_);
  }
  return parts;
}

std::vector<WorkerCommits> CommitTable::state() const {
  std::vector<WorkerCommits> workers;
  workers.reserve(entries_.size());
  for (const auto& [worker, entry] : entries_) {
    workers.push_back({worker, entry.incarnation, entry.complete, 0, {}});
  }
  return workers;
}

std::uint64_t CommitTable::version_seen(WorkerId worker) const {
  const auto found = entries_.find(worker);
  // Whoever comes next under a fenced worker's name has not been here before.
  if (found == entries_.end() || found->second.incarnation <= found->second.fenced) {
    return version_;
  }
  return found->second.version_seen;
}

bool CommitTable::any_partial() const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [](const auto& item) { return !item.second.parts.empty(); });
}

Bytes CommitTable::encode() const {
  ByteWriter out;
  out.put(kFormat);
  out.put(version_);
  out.put(static_cast<std::uint32_t>(entries_.size()));
  for (const auto& [worker, entry] : entries_) {
    out.put(worker.value);
    out.put(entry.incarnation.value);
    out.put(entry.fenced.value);
    out.put(entry.complete);
    out.put(entry.newest_parts);
    out.put(entry.partial_block);
    out.put(entry.version_seen);
    out.put(static_cast<std::uint32_t>(entry.parts.size()));
    for (const bool is_in : entry.parts) out.put(static_cast<std::uint8_t>(is_in));
    out.put(static_cast<std::uint32_t>(entry.recent.size()));
    for (const auto& record : entry.recent) {
      out.put(record.sequence);
      out.put(record.block);
    }
  }
  return std::move(out).take();
}

Result<CommitTable> CommitTable::decode(std::span<const std::byte> bytes) {
  ByteReader in(bytes);
  if (const auto format = in.get<std::uint32_t>(); format != kFormat) {
    return fail(Errc::kCorrupt, "not a table of commits: begins with {:#x} instead of {:#x}",
                format, kFormat);
  }
  CommitTable table;
  table.version_ = in.get<std::uint64_t>();
  for (auto left = in.get_count(kEntryBytes); left > 0; --left) {
    const WorkerId worker(in.get<std::uint32_t>());
    Entry entry;
    entry.incarnation = Incarnation(in.get<std::uint64_t>());
    entry.fenced = Incarnation(in.get<std::uint64_t>());
    entry.complete = in.get<std::uint64_t>();
    entry.newest_parts = in.get<std::uint32_t>();
    entry.partial_block = in.get<std::uint64_t>();
    entry.version_seen = in.get<std::uint64_t>();
    entry.parts.resize(in.get_count(1));
    for (std::size_t part = 0; part < entry.parts.size(); ++part)
      entry.parts[part] = in.get<std::uint8_t>() != 0;
    for (auto records = in.get_count(sizeof(CommitRecord)); records > 0; --records) {
      const auto sequence = in.get<std::uint64_t>();
      entry.recent.push_back({sequence, in.get<std::uint64_t>()});
    }
    if (entry.version_seen > table.version_ || entry.parts.size() > kMostParts ||
        !table.entries_.emplace(worker, std::move(entry)).second) {
      return fail(Errc::kCorrupt, "table of commits: worker {} contradicts the rest", worker);
    }
  }
  if (!in.ok() || in.remaining() > 0) {
    return fail(Errc::kCorrupt, "table of commits: {} bytes do not end where the table does",
                bytes.size());
  }
  return table;
}

void CommitTable::start(Entry& entry, Incarnation incarnation) {
  const Incarnation fenced = entry.fenced;
  entry = Entry{};
  entry.incarnation = incarnation;
  entry.fenced = fenced;
  entry.version_seen = version_;
}

Settlement settle(const std::map<ShardId, WorkerCommits>& by_shard) {
  Settlement settlement;
  if (by_shard.empty()) return settlement;
  settlement.complete =
      std::min_element(by_shard.begin(), by_shard.end(), [](const auto& a, const auto& b) {
        return a.second.complete < b.second.complete;
      })->second.complete;
  std::map<std::uint64_t, std::uint64_t> stays;
  for (const auto& [shard, commits] : by_shard) {
    if (commits.complete > settlement.complete || commits.partial_parts > 0) {
      settlement.revert.push_back(shard);
    }
    for (const auto& [sequence, block] : commits.recent) {
      if (sequence <= settlement.complete) stays.emplace(sequence, block);
    }
  }
  for (const auto& [sequence, block] : stays) settlement.blocks_done.push_back(block);
  return settlement;
}

}  // namespace dk
