// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/algorithm.hpp"
#include "actors/algorithms/elastic.hpp"

namespace dk {

/// EASGD, synchronous: the workers and the centre pull one another, all at once.
///
///     worker:  contribution = theta
///     round:   centre' = (1 - beta) centre + beta (1/n) sum_k theta_k,   beta = p alpha
///     worker:  theta <- theta - alpha (theta - centre);   theta0 <- centre'
///
/// Zhang, Choromanska and LeCun, NIPS 2015, arXiv 1412.6651; alpha and beta as elastic.hpp
/// says. Both forces are taken from the values before the round, as there; the
/// gradient steps lie before the elastic one in each round, not beside it. Each worker keeps
/// weights of its own and explores; the centre is the result. dist-keras had this trainer once,
/// with the sign of the gradient turned and beta divided by p again.
///
/// Parameters: `window` (default 1), `beta` (0.9) or `alpha`, or `rho` (5) and `learning_rate`
/// (0.01, dist-keras' defaults once one of them is given).
class Easgd final : public Algorithm {
 public:
  explicit Easgd(ParameterReader& parameters);

  [[nodiscard]] std::uint32_t window() const override { return window_; }
  [[nodiscard]] Pace pace() const override { return {.kind = Pace::Kind::kRounds}; }
  void contribute(std::span<const float> theta, std::span<const float> theta0, std::uint32_t steps,
                  std::span<float> contribution) const override;
  void accept(std::span<const float> reply, std::span<float> theta,
              std::span<float> theta0) const override;
  void combine(std::span<float> centre, std::span<const std::span<const float>> contributions,
               Slots slots) const override;

 private:
  std::uint32_t window_;
  float alpha_;
  float beta_;
};

}  // namespace dk
