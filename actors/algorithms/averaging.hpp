// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/model_mean.hpp"
#include "actors/algorithms/parameter_reader.hpp"

namespace dk {

/// Model averaging: each worker trains its share of an epoch by itself, then all go on from the
/// mean of their weights with fresh optimizers.
///
///     centre <- (1/n) sum_k theta_k;   theta = theta0 <- centre
///
/// dist-keras' AveragingTrainer, whose sum kept a rest of the epoch before; here it is the mean.
/// Costs almost nothing on the wire, and the more workers there are, the fewer averages are left to
/// bring them together: few workers, many epochs.
///
/// Parameters: `window` (default: the mini-batches that each worker trains in an epoch),
/// `fresh_optimizer` (default true, dist-keras'): whether the workers' optimizers forget their
/// state at each average.
class Averaging final : public ModelMean {
 public:
  explicit Averaging(ParameterReader& parameters)
      : window_(parameters.count("window", parameters.epoch_share())),
        fresh_optimizer_(parameters.flag("fresh_optimizer", true)) {}

  [[nodiscard]] std::uint32_t window() const override { return window_; }
  [[nodiscard]] bool fresh_optimizer() const override { return fresh_optimizer_; }

 private:
  std::uint32_t window_;
  bool fresh_optimizer_;
};

}  // namespace dk
