// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/algorithm.hpp"
#include "actors/algorithms/parameter_reader.hpp"

namespace dk {

/// Distance-based staleness: a weight's contribution counts the less, the further the centre has
/// gone, in that weight, since the worker last saw it.
///
///     worker:  r = (theta - theta0) / steps
///     shard:   centre <- centre + r / ((centre - stale)^2 / gamma + 1)    (weight by weight)
///     worker:  theta = theta0 <- centre
///
/// stale = what the worker was answered the last time; a worker's first contribution is added as it
/// is. dist-keras' Experimental, and the ADAG of Hermans' thesis ("On Scalable Deep Learning and
/// Parallelizing Gradient Descent", Maastricht 2017), together with the normalisation of AGN as
/// recommended there; alias `adag-distance`. dist-keras' workers send the stale centre along; here
/// the shard keeps it, one vector for each worker, and nothing more is sent. Not reversible: what a
/// contribution became depends on the centre that it met.
///
/// Parameters: `window` (default 5, dist-keras'), `learning_rate` = gamma (default 1, dist-keras';
/// 1e-4 in the thesis' experiments).
class Experimental final : public Algorithm {
 public:
  explicit Experimental(ParameterReader& parameters)
      : window_(parameters.count("window", 5)),
        learning_rate_(parameters.number("learning_rate", 1, ParameterReader::Range::kPositive)) {}

  [[nodiscard]] std::uint32_t window() const override { return window_; }
  void contribute(std::span<const float> theta, std::span<const float> theta0, std::uint32_t steps,
                  std::span<float> contribution) const override;
  void accept(std::span<const float> reply, std::span<float> theta,
              std::span<float> theta0) const override;
  void take(std::span<float> centre, std::span<const float> contribution,
            const TakeContext& context, Slots slots, std::span<float> reply) const override;
  [[nodiscard]] bool keeps_reply() const override { return true; }

 private:
  std::uint32_t window_;
  float learning_rate_;
};

}  // namespace dk
