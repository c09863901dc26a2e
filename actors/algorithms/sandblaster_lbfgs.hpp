// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/algorithm.hpp"
#include "actors/algorithms/parameter_reader.hpp"

namespace dk {

/// Sandblaster L-BFGS: the whole data set's loss and gradient at one point after another, and a
/// coordinator that holds no parameters. One epoch is one evaluation.
///
///     worker:       g_b = the gradients of block b, summed over its samples, at the centre
///     shard:        g <- g + g_b, each block once
///     coordinator:  when all blocks are in, the next point (actors/logic/lbfgs.hpp)
///
/// Dean et al., "Large Scale Distributed Deep Networks", NIPS 2012, algorithm 1.2. Blocks are much
/// smaller than a worker's share, so that the fast do more of them, and when none are left the idle
/// repeat those that are still under way: whoever finishes first counts. The mini-batches, their
/// order and what Dropout drops are the same in every pass, so that it is one function that is
/// minimised. The job's own optimizer is not used.
///
/// Parameters: `portion`, or `window` (8): mini-batches in a block. `history` (10, at most 100):
/// pairs of steps and gradient differences that describe the curvature. `max_backtracks` (10):
/// shorter steps that are tried before the history is given up, then the training.
class SandblasterLbfgs final : public Algorithm {
 public:
  /// Where vectors lie, as a VectorProgram numbers them. Pair i has its step at kPairs + 2i and its
  /// gradient difference at kPairs + 2i + 1. There is one pair more than `history`: the newest step
  /// is prepared there before it is known to be kept.
  enum Vector : std::uint32_t { kCentre, kAccepted, kGradient, kAcceptedGradient, kPairs };

  static constexpr std::uint32_t kMostHistory = 100;

  explicit SandblasterLbfgs(ParameterReader& parameters);

  [[nodiscard]] std::uint32_t window() const override { return window_; }
  [[nodiscard]] Pace pace() const override {
    return {.kind = Pace::Kind::kFullBatch, .history = history_, .backtracks = max_backtracks_};
  }
  /// The block's gradient sum.
  [[nodiscard]] std::uint32_t worker_slots() const override { return 1; }
  void contribute(std::span<const float> gradient, std::span<const float> theta0,
                  std::uint32_t steps, std::span<float> contribution) const override;
  [[nodiscard]] bool fetches(std::uint64_t) const override { return false; }
  void accept(std::span<const float> reply, std::span<float> theta,
              std::span<float> theta0) const override;
  [[nodiscard]] std::uint32_t shard_slots() const override {
    return kPairs - 1 + 2 * (history_ + 1);
  }
  void take(std::span<float> centre, std::span<const float> contribution,
            const TakeContext& context, Slots slots, std::span<float> reply) const override;

 private:
  std::uint32_t window_;
  std::uint32_t history_;
  std::uint32_t max_backtracks_;
};

}  // namespace dk
