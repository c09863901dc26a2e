// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/additive.hpp"
#include "actors/algorithms/parameter_reader.hpp"

namespace dk {

/// DOWNPOUR: each worker sends what its window changed, whenever it is done with it.
///
///     worker:  delta = theta - theta0
///     shard:   centre <- centre + delta
///     worker:  theta = theta0 <- centre
///
/// Dean et al., "Large Scale Distributed Deep Networks" (DistBelief), NIPS 2012, with n_push =
/// n_fetch = `window`, in dist-keras' form: the worker's own optimizer makes the steps. Every
/// mini-batch of a window counts (dist-keras' first window is one short). Diverges when
/// workers * window is large: prefer ADAG then.
///
/// Parameters: `window` (default 5, dist-keras').
class Downpour final : public AdditiveAlgorithm {
 public:
  explicit Downpour(ParameterReader& parameters) : window_(parameters.count("window", 5)) {}

  [[nodiscard]] std::uint32_t window() const override { return window_; }
  void contribute(std::span<const float> theta, std::span<const float> theta0, std::uint32_t steps,
                  std::span<float> contribution) const override;

 private:
  std::uint32_t window_;
};

}  // namespace dk
