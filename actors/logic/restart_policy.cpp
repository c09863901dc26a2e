// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/restart_policy.hpp"

#include <algorithm>

namespace dk {

RestartPolicy::Decision RestartPolicy::failed(const std::string& node, TimePoint now) {
  if (!usable(node)) return {Decision::Action::kElsewhere};
  auto& failures = failures_[node];
  while (!failures.empty() && now - failures.front() >= config_.period) failures.pop_front();
  failures.push_back(now);
  if (failures.size() > config_.budget) {
    excluded_.insert(node);
    failures_.erase(node);
    return {Decision::Action::kElsewhere};
  }
  auto backoff = std::min(config_.first_backoff, config_.longest_backoff);
  for (std::size_t i = 1; i < failures.size() && backoff < config_.longest_backoff; ++i) {
    backoff = backoff > config_.longest_backoff / 2 ? config_.longest_backoff : 2 * backoff;
  }
  ready_at_[node] = now + backoff;
  ++restarts_;
  return {Decision::Action::kRestart, backoff};
}

void RestartPolicy::forgive() {
  failures_.clear();
  ready_at_.clear();
}

bool RestartPolicy::usable(const std::string& node) const {
  return !excluded_.contains(node);
}

RestartPolicy::TimePoint RestartPolicy::ready_at(const std::string& node) const {
  const auto found = ready_at_.find(node);
  return found == ready_at_.end() ? TimePoint{} : found->second;
}

}  // namespace dk
