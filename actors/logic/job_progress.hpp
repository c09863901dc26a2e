// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/logic/ledger.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace dk {

/// How long a job of this age waits between two words about its progress, which stay in its events:
/// a second in its first hour, then a 3600th of its age, a minute at most. A month leaves some
/// 58,000 of them.
[[nodiscard]] std::chrono::nanoseconds progress_every(std::chrono::nanoseconds age);

/// Loss, metrics, speed and time left of a running job.
class JobProgress {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit JobProgress(std::uint32_t epochs) : epochs_(epochs) {}

  /// Nobody trains for a while: what was before says nothing about the speed after it.
  void interrupted() { recent_.clear(); }
  /// Workers begin to train.
  void started(TimePoint now);
  /// A block of `epoch` (from 0) has been trained, by one of so many workers.
  void add(std::uint32_t epoch, double loss_sum, std::span<const double> metrics,
           std::uint64_t samples, std::size_t workers, TimePoint now);

  /// Over the last ten seconds of training, or, where blocks take longer, the last sixteen of each
  /// worker: they may all end at once.
  [[nodiscard]] double samples_per_second(TimePoint now) const;
  /// Mean over every visit of the epoch's samples; null before the first.
  [[nodiscard]] nlohmann::json loss(std::uint32_t epoch) const;
  /// The metrics' sums over the same; empty before the first.
  [[nodiscard]] std::span<const double> metrics(std::uint32_t epoch) const;
  /// Samples trained in all, repeats included.
  [[nodiscard]] std::uint64_t samples() const;

  [[nodiscard]] nlohmann::json to_json() const;
  /// Takes back what `to_json` wrote; anything else is ignored.
  void restore(const nlohmann::json& json);

 private:
  struct Sums {
    double loss = 0;
    std::uint64_t samples = 0;
    std::vector<double> metrics{};
  };
  struct Recent {
    TimePoint time;
    std::uint64_t samples;
  };

  std::vector<Sums> epochs_;
  std::deque<Recent> recent_;  ///< the first one only says when the counting begins
};

}  // namespace dk
