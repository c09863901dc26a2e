// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/algorithm.hpp"
#include "actors/algorithms/parameter_reader.hpp"

namespace dk {

/// DiLoCo: long windows of local training, and Nesterov's momentum over the mean of what they
/// changed.
///
///     worker:  d = theta0 - theta                            (the outer gradient)
///     round:   g = (1/n) sum_k d_k;  v <- mu v + g;  centre <- centre - lr (g + mu v)
///     worker:  theta = theta0 <- centre
///
/// Douillard et al., "DiLoCo: Distributed Low-Communication Training of Language Models", 2023,
/// arXiv 2311.08105. The inner optimizer is the job's own (AdamW in the paper) and keeps its state;
/// v lies in the shard and is checkpointed. With mu = 0 and lr = 1 it is `sparknet`.
///
/// Parameters: `window` (default 500), `learning_rate` = lr (0.7), `momentum` = mu (0.9), all the
/// paper's.
class Diloco final : public Algorithm {
 public:
  explicit Diloco(ParameterReader& parameters);

  [[nodiscard]] std::uint32_t window() const override { return window_; }
  [[nodiscard]] Pace pace() const override { return {.kind = Pace::Kind::kRounds}; }
  void contribute(std::span<const float> theta, std::span<const float> theta0, std::uint32_t steps,
                  std::span<float> contribution) const override;
  void accept(std::span<const float> reply, std::span<float> theta,
              std::span<float> theta0) const override;
  [[nodiscard]] std::uint32_t shard_slots() const override { return 1; }
  void combine(std::span<float> centre, std::span<const std::span<const float>> contributions,
               Slots slots) const override;

 private:
  std::uint32_t window_;
  float learning_rate_;
  float momentum_;
};

}  // namespace dk
