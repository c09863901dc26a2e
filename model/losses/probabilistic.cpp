// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/losses/probabilistic.hpp"

#include "base/multiversion.hpp"
#include "model/losses/rows.hpp"

#include <cmath>

namespace dk::model {
namespace {

struct Poisson {
  DK_INLINE float value(float y, float t) const { return y - t * fast::log(y + kLossEpsilon); }
  DK_INLINE float slope(float y, float t) const { return 1 - t / (y + kLossEpsilon); }
};

struct KlDivergence {
  DK_INLINE static float clip(float x) { return clamp(x, kLossEpsilon, 1); }
  DK_INLINE float value(float y, float t) const { return clip(t) * fast::log(clip(t) / clip(y)); }
  DK_INLINE float slope(float y, float t) const {
    const float slope = -clip(t) / y;
    return (y < kLossEpsilon) | (y > 1) ? 0 : slope;
  }
};

struct Smoothing {
  float stretch;
  float shift;
  explicit Smoothing(double smoothing)
      : stretch(static_cast<float>(1 - smoothing)), shift(static_cast<float>(smoothing / 2)) {}
  DK_INLINE float label(float target) const { return target * stretch + shift; }
};

struct Binary : Smoothing {
  using Smoothing::Smoothing;
  DK_INLINE float value(float y, float target) const {
    const float t = label(target);
    const float p = clamp(y, kLossEpsilon, 1 - kLossEpsilon);
    return -(t * fast::log(p) + (1 - t) * fast::log(1 - p));
  }
  DK_INLINE float slope(float y, float target) const {
    const float slope = (y - label(target)) / (y * (1 - y));
    return (y < kLossEpsilon) | (y > 1 - kLossEpsilon) ? 0 : slope;
  }
};

struct BinaryFromLogits : Smoothing {
  using Smoothing::Smoothing;
  DK_INLINE float value(float z, float target) const {
    const float positive = z < 0 ? 0 : z;
    return positive - z * label(target) + fast::log1p_unit(fast::exp(-std::fabs(z)));
  }
  DK_INLINE float slope(float z, float target) const {
    const float e = fast::exp(-std::fabs(z));
    return (z < 0 ? e : 1) / (1 + e) - label(target);
  }
};

}  // namespace

DK_MULTIVERSION double poisson(const LossBatch& batch, const LossArguments&) {
  return sum_of_means(batch, Poisson{});
}

DK_MULTIVERSION double kl_divergence(const LossBatch& batch, const LossArguments&) {
  return sum_of_rows(batch, batch.size, ElementRow<KlDivergence>{{}, batch.size});
}

DK_MULTIVERSION double binary_crossentropy(const LossBatch& batch, const LossArguments& arguments) {
  return sum_of_means(batch, Binary(arguments.label_smoothing));
}

DK_MULTIVERSION double binary_crossentropy_from_logits(const LossBatch& batch,
                                                       const LossArguments& arguments) {
  return sum_of_means(batch, BinaryFromLogits(arguments.label_smoothing));
}

}  // namespace dk::model
