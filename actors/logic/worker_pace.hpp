// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>

namespace dk {

/// How fast a worker is, and how old the weights were that its last update began from.
class WorkerPace {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// An update of its own is in, over so many samples; `updates` counts those of all workers, with
  /// it.
  void finished(std::uint64_t samples, std::uint64_t updates, TimePoint now);

  /// A moving mean over its last few updates; 0 before the second.
  [[nodiscard]] double samples_per_second() const { return rate_; }
  /// The updates of others between its last two.
  [[nodiscard]] std::uint64_t staleness() const { return staleness_; }

 private:
  TimePoint last_{};
  std::uint64_t updates_ = 0;
  double rate_ = 0;
  std::uint64_t staleness_ = 0;
};

}  // namespace dk
