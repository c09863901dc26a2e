// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/model_mean.hpp"
#include "actors/algorithms/parameter_reader.hpp"

namespace dk {

/// SparkNet: the workers' weights are averaged every tau steps; the state of their optimizers stays
/// with them.
///
///     centre <- (1/n) sum_k theta_k;   theta = theta0 <- centre
///
/// Moritz, Nishihara, Stoica and Jordan, "SparkNet: Training Deep Networks in Spark", ICLR 2016,
/// arXiv 1511.06051. With tau = 1 and plain SGD it is synchronous SGD; with tau = an epoch's share
/// it is `averaging` without fresh optimizers.
///
/// Parameters: `window` = tau (default 50, the paper's for ImageNet; 10 for CIFAR).
class Sparknet final : public ModelMean {
 public:
  explicit Sparknet(ParameterReader& parameters) : window_(parameters.count("window", 50)) {}

  [[nodiscard]] std::uint32_t window() const override { return window_; }

 private:
  std::uint32_t window_;
};

}  // namespace dk
