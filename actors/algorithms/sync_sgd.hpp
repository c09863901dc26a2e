// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/algorithm.hpp"
#include "actors/algorithms/parameter_reader.hpp"

namespace dk {

/// Synchronous SGD with backup workers: every step of the job is the mean of one step of each
/// worker, and the slowest `backup_workers` of them are not waited for.
///
///     worker:  d = theta - theta0
///     round:   centre <- centre + (1/n) sum_k d_k
///     worker:  theta = theta0 <- centre
///
/// Chen, Pan, Monga, Bengio and Jozefowicz, "Revisiting Distributed Synchronous SGD", ICLR Workshop
/// 2016, arXiv 1604.00981. A mini-batch that came too late is trained again, in the next round.
///
/// With `window` 1 and SGD this *is* SGD with one batch of n times the size (up to the order of
/// summation), when the workers' batches are of one size and no layer looks at its batch as a whole
/// (BatchNormalization) or draws random numbers (Dropout). With momentum it still is, as long as
/// the same workers contribute to every round, because momentum is linear in the gradients. With
/// Adam, RMSprop or Adagrad it is not: each worker keeps moments of its own mini-batches, and the
/// mean of their steps is not the step of the mean gradient.
///
/// Parameters: `window` (default 1), `backup_workers` (default 0). As many as there are workers, or
/// more, means that the first contribution closes the round.
class SyncSgd final : public Algorithm {
 public:
  explicit SyncSgd(ParameterReader& parameters);

  [[nodiscard]] std::uint32_t window() const override { return window_; }
  [[nodiscard]] Pace pace() const override {
    return {.kind = Pace::Kind::kRounds, .spare = backup_workers_};
  }
  void contribute(std::span<const float> theta, std::span<const float> theta0, std::uint32_t steps,
                  std::span<float> contribution) const override;
  void accept(std::span<const float> reply, std::span<float> theta,
              std::span<float> theta0) const override;
  void combine(std::span<float> centre, std::span<const std::span<const float>> contributions,
               Slots slots) const override;

 private:
  std::uint32_t window_;
  std::uint32_t backup_workers_;
};

}  // namespace dk
