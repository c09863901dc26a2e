// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/scatter.hpp"

#include "base/check.hpp"

#include <algorithm>

namespace dk {
namespace {

constexpr std::uint64_t kLeastRanges = 64;
constexpr std::uint64_t kMostRows = std::uint64_t{1} << 18;
/// Multiplications of about a second on one core.
constexpr std::uint64_t kWork = std::uint64_t{1} << 33;
constexpr std::uint64_t kAnswerFloats = std::uint64_t{1} << 18;
/// Who works on one range at most.
constexpr std::size_t kMostHolders = 2;

}  // namespace

std::uint64_t rows_of_range(const RangeLimits& limits) {
  auto rows = std::min(limits.rows / kLeastRanges, kMostRows);
  rows = std::min(rows, kWork / std::max<std::uint64_t>(1, limits.parameters));
  rows = std::max(rows / limits.batch_size, std::uint64_t{1}) * limits.batch_size;
  if (limits.output_size == 0) return rows;
  const auto most = std::max<std::uint64_t>(1, kAnswerFloats / limits.output_size);
  if (rows <= most) return rows;
  return most < limits.batch_size ? most : most / limits.batch_size * limits.batch_size;
}

Scatter::Scatter(std::uint64_t rows, std::uint64_t range_rows)
    : rows_(rows), range_rows_(range_rows) {
  DK_CHECK(rows > 0 && range_rows > 0, "there are rows, and ranges of some");
  ranges_ = static_cast<std::size_t>((rows - 1) / range_rows + 1);
}

Scatter::Range Scatter::range(std::size_t number) const {
  DK_CHECK(number < ranges_, "a range's number is within the data set");
  const auto first = number * range_rows_;
  return {first, std::min(range_rows_, rows_ - first)};
}

bool Scatter::done(std::size_t range) const {
  return range < folded_ || waiting_.contains(range);
}

std::size_t Scatter::holders(std::size_t range) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(held_, [range](const auto& entry) { return entry.second == range; }));
}

bool Scatter::benched(Incarnation executor) const {
  const auto found = failed_in_a_row_.find(executor);
  return found != failed_in_a_row_.end() && found->second >= kMostFailures;
}

bool Scatter::fits(std::size_t range, Incarnation executor,
                   const std::set<Incarnation>& present) const {
  const auto failures = failures_.find(range);
  if (failures == failures_.end() || !failures->second.by.contains(executor)) return true;
  return std::ranges::all_of(present, [&](Incarnation other) {
    return failures->second.by.contains(other) || benched(other);
  });
}

std::optional<std::size_t> Scatter::give(Incarnation executor,
                                         const std::set<Incarnation>& present) {
  if (held_.contains(executor)) return std::nullopt;
  if (benched(executor) &&
      !std::ranges::all_of(present, [this](Incarnation other) { return benched(other); })) {
    return std::nullopt;
  }
  const auto returned = std::ranges::find_if(
      returned_, [&](std::size_t range) { return fits(range, executor, present); });
  if (returned != returned_.end()) {
    const auto range = *returned;
    returned_.erase(returned);
    held_[executor] = range;
    return range;
  }
  if (next_ < ranges_) return held_[executor] = next_++;
  std::optional<std::size_t> backup;
  for (const auto& [other, range] : held_) {
    const bool wanted = !done(range) && holders(range) < kMostHolders &&
                        fits(range, executor, present) && (!backup || range < *backup);
    if (wanted) backup = range;
  }
  if (backup) held_[executor] = *backup;
  return backup;
}

bool Scatter::take(Incarnation executor, std::size_t range, Sums sums) {
  const auto held = held_.find(executor);
  if (held == held_.end() || held->second != range) return false;
  held_.erase(held);
  if (done(range)) return false;
  failures_.erase(range);
  failed_in_a_row_.erase(executor);
  rows_done_ += this->range(range).count;
  waiting_.emplace(range, std::move(sums));
  fold();
  return true;
}

void Scatter::fold() {
  for (auto next = waiting_.begin(); next != waiting_.end() && next->first == folded_;
       next = waiting_.erase(next)) {
    const auto& sums = next->second;
    total_.loss_sum += sums.loss_sum;
    total_.samples += sums.samples;
    total_.metrics.resize(std::max(total_.metrics.size(), sums.metrics.size()));
    for (std::size_t i = 0; i < sums.metrics.size(); ++i) total_.metrics[i] += sums.metrics[i];
    ++folded_;
  }
}

bool Scatter::fail(Incarnation executor, std::size_t range) {
  const auto held = held_.find(executor);
  if (held == held_.end() || held->second != range) return false;
  const bool open = !done(range);
  release(executor);
  if (!open) return false;
  ++failed_in_a_row_[executor];
  auto& failures = failures_[range];
  failures.by.insert(executor);
  return ++failures.count >= kMostFailures;
}

void Scatter::release(Incarnation executor) {
  const auto held = held_.find(executor);
  if (held == held_.end()) return;
  const auto range = held->second;
  held_.erase(held);
  if (!done(range) && holders(range) == 0) returned_.insert(range);
}

void Scatter::release_all() {
  while (!held_.empty()) release(held_.begin()->first);
}

}  // namespace dk
