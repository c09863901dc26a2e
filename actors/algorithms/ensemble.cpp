// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/ensemble.hpp"

#include <numeric>

namespace dk {
namespace {

constexpr std::uint32_t kMostModels = 64;
constexpr std::size_t kWeighted = 1;

}  // namespace

Ensemble::Ensemble(ParameterReader& parameters)
    : Single(parameters), models_(parameters.count("models", 2)) {
  if (models_ < 2 || models_ > kMostModels) {
    parameters.refuse(fmt::format("'models' is {}, allowed: 2 to {}", models_, kMostModels));
    models_ = 2;
  }
  const bool weighted = parameters.choice("combiner", {"average", "weighted"}) == kWeighted;
  weights_ = parameters.numbers("weights");
  if (weighted && weights_.size() != models_) {
    parameters.refuse(
        fmt::format("combiner 'weighted' needs 'weights', one for each of {} models", models_));
  } else if (!weighted && !weights_.empty()) {
    parameters.refuse("'weights' go with combiner 'weighted'");
  }
  if (weights_.size() != models_) weights_.assign(models_, 1.0F);
  const float sum = std::accumulate(weights_.begin(), weights_.end(), 0.0F);
  for (float& weight : weights_) weight /= sum;
}

}  // namespace dk
