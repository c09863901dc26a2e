// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/deadlines.hpp"

#include <algorithm>
#include <vector>

namespace dk {
namespace {

constexpr std::size_t kRemembered = 64;

}  // namespace

void Deadlines::finished(Duration took) {
  recent_.push_back(took);
  if (recent_.size() > kRemembered) recent_.pop_front();
}

std::optional<Deadlines::Duration> Deadlines::median() const {
  if (recent_.size() < config_.known) return std::nullopt;
  std::vector<Duration> sorted(recent_.begin(), recent_.end());
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::ranges::nth_element(sorted, middle);
  return *middle;
}

Deadlines::Duration Deadlines::stuck() const {
  const auto block = median();
  return block ? std::max(config_.least_stuck, config_.stuck_factor * *block)
               : config_.stuck_unknown;
}

std::optional<Deadlines::Duration> Deadlines::slow() const {
  const auto block = median();
  if (!block) return std::nullopt;
  return std::max(config_.least_slow, config_.slow_factor * *block);
}

}  // namespace dk
