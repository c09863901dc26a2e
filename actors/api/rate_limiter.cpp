// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/rate_limiter.hpp"

#include <algorithm>
#include <cmath>

namespace dk::api {

std::optional<std::chrono::seconds> RateLimiter::refuse(const std::string& client, Time now) {
  const std::lock_guard lock(mutex_);
  auto found = buckets_.find(client);
  if (found == buckets_.end()) {
    if (buckets_.size() >= kMostClients) make_room(now);
    found = buckets_.emplace(client, Bucket{burst_, now}).first;
  }
  auto& bucket = found->second;
  bucket = {tokens_at(bucket, now), std::max(now, bucket.filled)};
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return std::nullopt;
  }
  const auto wait = std::ceil((1 - bucket.tokens) / per_second_);
  return std::chrono::seconds(std::max<std::int64_t>(1, static_cast<std::int64_t>(wait)));
}

std::size_t RateLimiter::clients() const {
  const std::lock_guard lock(mutex_);
  return buckets_.size();
}

double RateLimiter::tokens_at(const Bucket& bucket, Time now) const {
  const auto passed = std::chrono::duration<double>(now - bucket.filled).count();
  return std::min(burst_, bucket.tokens + std::max(0.0, passed) * per_second_);
}

void RateLimiter::make_room(Time now) {
  std::erase_if(buckets_,
                [&](const auto& entry) { return tokens_at(entry.second, now) >= burst_; });
  if (buckets_.size() < kMostClients) return;
  buckets_.erase(std::ranges::min_element(buckets_, {},
                                          [](const auto& entry) { return entry.second.filled; }));
}

}  // namespace dk::api
