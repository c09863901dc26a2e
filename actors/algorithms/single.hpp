// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/algorithm.hpp"
#include "actors/algorithms/parameter_reader.hpp"

namespace dk {

/// One worker trains by itself; the shards only keep its weights, so that they are checkpointed,
/// served and restored like any others.
///
///     worker:  contribution = theta
///     shard:   centre <- contribution
///
/// dist-keras' SingleTrainer. Nothing comes back, and nothing is lost to arithmetic: the centre is
/// bit for bit what the worker trained. Not reversible: the weights before are gone.
///
/// Parameters: `window` (default 64), how often the weights are handed over.
class Single : public Algorithm {
 public:
  explicit Single(ParameterReader& parameters) : window_(parameters.count("window", 64)) {}

  [[nodiscard]] std::uint32_t window() const override { return window_; }
  [[nodiscard]] std::uint32_t max_workers() const override { return 1; }
  void contribute(std::span<const float> theta, std::span<const float> theta0, std::uint32_t steps,
                  std::span<float> contribution) const override;
  [[nodiscard]] bool fetches(std::uint64_t) const override { return false; }
  void take(std::span<float> centre, std::span<const float> contribution, const TakeContext&, Slots,
            std::span<float> reply) const override;
  void accept(std::span<const float> reply, std::span<float> theta,
              std::span<float> theta0) const override;

 private:
  std::uint32_t window_;
};

}  // namespace dk
