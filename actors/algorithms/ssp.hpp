// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/additive.hpp"
#include "actors/algorithms/parameter_reader.hpp"

namespace dk {

/// Stale synchronous parallel: DOWNPOUR in which no worker is more than `staleness` windows ahead
/// of the slowest. A fast worker waits for the slow one instead of flooding the centre; 0 is
/// lockstep, a large bound is DOWNPOUR.
///
///     worker:  d = theta - theta0, when its clock <= the slowest clock + staleness
///     shard:   centre <- centre + d
///     worker:  theta = theta0 <- centre
///
/// Ho et al., "More Effective Distributed ML via a Stale Synchronous Parallel Parameter Server",
/// NIPS 2013. A worker's clock is the windows that it has contributed; one who joins begins with
/// the slowest clock, one who is lost is waited for no longer.
///
/// Parameters: `window` (default 1), `staleness` (default 3, from 0).
class Ssp final : public AdditiveAlgorithm {
 public:
  explicit Ssp(ParameterReader& parameters)
      : window_(parameters.count("window", 1)), staleness_(parameters.count("staleness", 3, 0)) {}

  [[nodiscard]] std::uint32_t window() const override { return window_; }
  [[nodiscard]] Pace pace() const override {
    return {.kind = Pace::Kind::kBounded, .staleness = staleness_};
  }
  void contribute(std::span<const float> theta, std::span<const float> theta0, std::uint32_t steps,
                  std::span<float> contribution) const override;

 private:
  std::uint32_t window_;
  std::uint32_t staleness_;
};

}  // namespace dk
