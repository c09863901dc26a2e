// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/algorithm.hpp"

namespace dk {

/// The shard's half of every algorithm whose contributions are simply added, and whose workers go
/// on from the new centre:
///
///     centre <- centre + contribution;   theta = theta0 <- centre
///
/// A worker that fetched nothing goes on from where it is, and only counts anew: theta0 <- theta.
/// A sum does not depend on the order of its terms (up to rounding), so it is reversible.
class AdditiveAlgorithm : public Algorithm {
 public:
  void take(std::span<float> centre, std::span<const float> contribution,
            const TakeContext& context, Slots slots, std::span<float> reply) const override;
  void accept(std::span<const float> reply, std::span<float> theta,
              std::span<float> theta0) const override;
  [[nodiscard]] bool reversible() const override { return true; }
  void revert(std::span<float> centre, std::span<const float> contribution,
              const TakeContext& context, std::span<const float> reply) const override;
};

}  // namespace dk
