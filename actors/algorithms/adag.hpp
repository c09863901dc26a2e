// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/additive.hpp"
#include "actors/algorithms/parameter_reader.hpp"

namespace dk {

/// ADAG, dist-keras' name for accumulated gradient normalization (alias `agn`): a window's change,
/// divided by its number of steps, so that many workers with long windows stay stable.
///
///     worker:  r = (theta - theta0) / steps
///     shard:   centre <- centre + r
///     worker:  theta = theta0 <- centre
///
/// Hermans, Spanakis and Moeckel, "Accumulated Gradient Normalization", ACML 2017, arXiv
/// 1710.02368. `steps` is what was really done, so a short last window is not scaled down. With one
/// step it is DOWNPOUR.
///
/// Parameters: `window` (default 12, dist-keras').
class Adag final : public AdditiveAlgorithm {
 public:
  explicit Adag(ParameterReader& parameters) : window_(parameters.count("window", 12)) {}

  [[nodiscard]] std::uint32_t window() const override { return window_; }
  [[nodiscard]] bool begins_at_centre() const override { return true; }
  void contribute(std::span<const float> theta, std::span<const float> theta0, std::uint32_t steps,
                  std::span<float> contribution) const override;

 private:
  std::uint32_t window_;
};

}  // namespace dk
