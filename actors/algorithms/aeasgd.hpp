// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/algorithm.hpp"
#include "actors/algorithms/elastic.hpp"

namespace dk {

/// Asynchronous elastic averaging: each worker keeps weights of its own, and at each exchange it
/// and the centre move towards one another by the same difference.
///
///     worker:  contribution = theta
///     shard:   E = alpha (theta - centre);  centre <- centre + E;  reply = E
///     worker:  theta <- theta - E
///
/// Zhang, Choromanska and LeCun, NIPS 2015, arXiv 1412.6651, algorithm 1; alpha as elastic.hpp
/// says. The shard computes E, so that both sides move by the same, and one message does what pull
/// and commit did in dist-keras; the reply is kept, so that a repeated contribution is answered
/// with the E that was added, and a lost one can be taken out. theta0 is not used.
///
/// Parameters: `window` (default 32, dist-keras'), `beta` (0.9) or `alpha`, or `rho` (5) and
/// `learning_rate` (0.1, dist-keras' defaults once one of them is given).
class Aeasgd : public Algorithm {
 public:
  explicit Aeasgd(ParameterReader& parameters)
      : window_(parameters.count("window", 32)), alpha_(elastic_rate(parameters, {})) {}

  [[nodiscard]] std::uint32_t window() const override { return window_; }
  void contribute(std::span<const float> theta, std::span<const float> theta0, std::uint32_t steps,
                  std::span<float> contribution) const override;
  void accept(std::span<const float> reply, std::span<float> theta,
              std::span<float> theta0) const override;
  void take(std::span<float> centre, std::span<const float> contribution,
            const TakeContext& context, Slots slots, std::span<float> reply) const override;
  [[nodiscard]] bool keeps_reply() const override { return true; }
  [[nodiscard]] bool reversible() const override { return true; }
  void revert(std::span<float> centre, std::span<const float> contribution,
              const TakeContext& context, std::span<const float> reply) const override;

 private:
  std::uint32_t window_;
  float alpha_;
};

}  // namespace dk
