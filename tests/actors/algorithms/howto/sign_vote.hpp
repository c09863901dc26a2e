// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/algorithm.hpp"
#include "actors/algorithms/parameter_reader.hpp"

namespace dk {

/// signSGD with majority vote: each worker votes, weight by weight, which way to go.
///
///     worker:  vote = sign(theta - theta0)
///     round:   centre <- centre + eta sign(sum_k vote_k)
///     worker:  theta = theta0 <- centre
///
/// Bernstein, Zhao, Azizzadenesheli and Anandkumar, "signSGD with Majority Vote is Communication
/// Efficient and Fault Tolerant", ICLR 2019, arXiv 1810.05291. A tie leaves a weight where it is.
///
/// Parameters: `window` (default 1), `learning_rate` = eta (default 0.001).
class SignVote final : public Algorithm {
 public:
  explicit SignVote(ParameterReader& parameters);

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
  float learning_rate_;
};

}  // namespace dk
