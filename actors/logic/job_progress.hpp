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

/// Loss, metrics, speed and time left of a running job.
class JobProgress {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit JobProgress(std::uint32_t epochs) : epochs_(epochs) {}

  /// A block of `epoch` (from 0) has been trained.
  void add(std::uint32_t epoch, double loss_sum, std::span<const double> metrics,
           std::uint64_t samples, TimePoint now);

  /// Over the last seconds of training.
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
  std::deque<Recent> recent_;
};

}  // namespace dk
