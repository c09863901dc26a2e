// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/single.hpp"

namespace dk {

/// Several models side by side, each trained by one worker with shards of its own, on the blocks
/// that fall to it; they never exchange anything. What is evaluated and delivered is one Keras
/// model of all of them:
///
///     average:   y = 1/n sum_k y_k
///     weighted:  y = sum_k w_k y_k / sum_k w_k
///
/// dist-keras' EnsembleTrainer, which returned the models and left combining them to its user. The
/// members differ by their initial weights (seed + k) and by their part of the data.
///
/// Parameters: `models` (default 2, dist-keras' num_ensembles), `combiner` (average), `weights` (of
/// the weighted combiner, one for each model), `window` (default 64), how often weights are handed
/// over.
class Ensemble final : public Single {
 public:
  explicit Ensemble(ParameterReader& parameters);

  [[nodiscard]] std::uint32_t members() const override { return models_; }
  [[nodiscard]] std::uint32_t max_workers() const override { return models_; }
  /// How much each member counts; they add up to 1.
  [[nodiscard]] std::vector<float> member_weights() const override { return weights_; }

 private:
  std::uint32_t models_;
  std::vector<float> weights_;
};

}  // namespace dk
