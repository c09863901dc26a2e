// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/algorithm.hpp"

namespace dk {

/// Rounds in which the workers' weights are averaged:
///
///     worker:  contribution = theta
///     round:   centre <- (1/n) sum_k theta_k
///     worker:  theta = theta0 <- centre
///
/// n = the workers that contributed to this round; nothing is left of the round before.
class ModelMean : public Algorithm {
 public:
  [[nodiscard]] Pace pace() const override { return {.kind = Pace::Kind::kRounds}; }
  void contribute(std::span<const float> theta, std::span<const float> theta0, std::uint32_t steps,
                  std::span<float> contribution) const override;
  void accept(std::span<const float> reply, std::span<float> theta,
              std::span<float> theta0) const override;
  void combine(std::span<float> centre, std::span<const std::span<const float>> contributions,
               Slots slots) const override;
};

}  // namespace dk
