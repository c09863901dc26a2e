// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/additive.hpp"
#include "actors/algorithms/parameter_reader.hpp"

namespace dk {

/// DynSGD: DOWNPOUR in which a contribution counts the less, the staler it is.
///
///     worker:  d = theta - theta0
///     shard:   centre <- centre + d / (tau + 1)
///     worker:  theta = theta0 <- centre
///
/// tau = the contributions of others that the shard has taken since this worker's last exchange, so
/// that a lone worker's count in full. Jiang, Cui, Zhang and Yu, "Heterogeneity-aware Distributed
/// Parameter Servers", SIGMOD 2017, in dist-keras' form; there tau was read outside the lock and
/// could be wrong, here it is part of taking the contribution in.
///
/// Parameters: `window` (default 5, dist-keras').
class Dynsgd final : public AdditiveAlgorithm {
 public:
  explicit Dynsgd(ParameterReader& parameters) : window_(parameters.count("window", 5)) {}

  [[nodiscard]] std::uint32_t window() const override { return window_; }
  void contribute(std::span<const float> theta, std::span<const float> theta0, std::uint32_t steps,
                  std::span<float> contribution) const override;
  void take(std::span<float> centre, std::span<const float> contribution,
            const TakeContext& context, Slots slots, std::span<float> reply) const override;
  void revert(std::span<float> centre, std::span<const float> contribution,
              const TakeContext& context, std::span<const float> reply) const override;

 private:
  std::uint32_t window_;
};

}  // namespace dk
