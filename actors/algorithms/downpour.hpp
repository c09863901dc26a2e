// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/additive.hpp"
#include "actors/algorithms/parameter_reader.hpp"

namespace dk {

/// DOWNPOUR: each worker sends what its steps changed, whenever it is done with them.
///
///     worker, every n_push steps:  d = theta - theta0
///     shard, plain:                centre <- centre + d
///     shard, adagrad:              s <- s + d^2;  centre <- centre + gamma d / sqrt(s + epsilon)
///     shard, adam:                 m <- b1 m + (1 - b1) d;  v <- b2 v + (1 - b2) d^2;
///                                  centre <- centre + gamma m' / (sqrt(v') + epsilon),
///                                  m' = m / (1 - b1^t),  v' = v / (1 - b2^t)
///     worker, every n_fetch steps: theta = theta0 <- centre;  otherwise theta0 <- theta
///
/// Dean et al., "Large Scale Distributed Deep Networks" (DistBelief), NIPS 2012, in dist-keras'
/// form: the worker's own optimizer makes the steps. With Adagrad and Adam the server sets the size
/// of a step and only its direction is the workers'; t counts the contributions that the shard has
/// taken, up to those under way. Every mini-batch of a window counts (dist-keras' first window is
/// one short), and a short last window of an epoch is an exchange like any other. Plain diverges
/// when workers * window is large: prefer ADAG, or a rule at the server, then.
///
/// Parameters: `window` or `n_push` (default 5, dist-keras'); `n_fetch`, a multiple of it (default
/// the same); `server`: plain (default), adagrad, adam; for these `learning_rate` = gamma (adagrad
/// 0.01, adam 0.001), `epsilon` (1e-10, 1e-8), for adam `beta_1` (0.9), `beta_2` (0.999);
/// `warm_start`: contributions of one worker alone before the others begin (default 0).
class Downpour final : public AdditiveAlgorithm {
 public:
  explicit Downpour(ParameterReader& parameters);

  [[nodiscard]] std::uint32_t window() const override { return window_; }
  [[nodiscard]] Pace pace() const override { return {.warm_start = warm_start_}; }
  void contribute(std::span<const float> theta, std::span<const float> theta0, std::uint32_t steps,
                  std::span<float> contribution) const override;
  [[nodiscard]] bool fetches(std::uint64_t exchange) const override {
    return exchange % pushes_per_fetch_ == 0;
  }
  [[nodiscard]] bool begins_at_centre() const override { return pushes_per_fetch_ == 1; }
  [[nodiscard]] std::uint32_t shard_slots() const override;
  void take(std::span<float> centre, std::span<const float> contribution,
            const TakeContext& context, Slots slots, std::span<float> reply) const override;
  /// Plain only: what Adagrad and Adam made of a contribution depends on those before it.
  [[nodiscard]] bool reversible() const override { return server_ == Server::kPlain; }

 private:
  enum class Server { kPlain, kAdagrad, kAdam };

  std::uint32_t window_;
  std::uint32_t pushes_per_fetch_ = 1;
  std::uint32_t warm_start_;
  Server server_;
  float learning_rate_ = 1;
  float beta_1_ = 0;
  float beta_2_ = 0;
  float epsilon_ = 0;
};

}  // namespace dk
