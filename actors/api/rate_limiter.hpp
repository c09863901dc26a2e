// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace dk::api {

/// A token bucket for each client: `burst` requests at once, `per_second` in the long run. Keeps at
/// most kMostClients buckets; one more drops those that are full again, then the one that was used
/// longest ago. Thread-safe; time comes in.
class RateLimiter {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::size_t kMostClients = 4096;

  RateLimiter(double per_second, double burst) : per_second_(per_second), burst_(burst) {}

  /// Nothing: the request may pass, and is counted. Else when to come again.
  [[nodiscard]] std::optional<std::chrono::seconds> refuse(const std::string& client, Time now);
  [[nodiscard]] std::size_t clients() const;

 private:
  struct Bucket {
    double tokens;
    Time filled;
  };

  [[nodiscard]] double tokens_at(const Bucket& bucket, Time now) const;
  void make_room(Time now);

  const double per_second_;
  const double burst_;
  mutable std::mutex mutex_;
  std::map<std::string, Bucket> buckets_;
};

}  // namespace dk::api
