// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/losses/hinge.hpp"

#include "base/multiversion.hpp"
#include "model/losses/rows.hpp"

#include <limits>

namespace dk::model {
namespace {

/// t = stretch * target + shift.
struct Labels {
  float stretch = 1;
  float shift = 0;
};

/// 2 t - 1 where there are only 0 and 1, else t.
Labels labels(const LossBatch& batch) {
  for (std::size_t r = 0; r < batch.rows; ++r) {
    if (batch.weights != nullptr && batch.weights[r] == 0) continue;
    for (std::size_t i = r * batch.size; i < (r + 1) * batch.size; ++i) {
      if (batch.targets[i] != 0 && batch.targets[i] != 1) return {};
    }
  }
  return {2, -1};
}

struct Hinge {
  Labels labels;
  DK_INLINE float label(float target) const { return labels.stretch * target + labels.shift; }
  DK_INLINE float margin(float y, float target) const {
    const float margin = 1 - label(target) * y;
    return margin < 0 ? 0 : margin;
  }
  DK_INLINE float value(float y, float target) const { return margin(y, target); }
  DK_INLINE float slope(float y, float target) const {
    const float t = label(target);
    return 1 - t * y <= 0 ? 0 : -t;
  }
};

struct SquaredHinge : Hinge {
  DK_INLINE float value(float y, float target) const {
    return margin(y, target) * margin(y, target);
  }
  DK_INLINE float slope(float y, float target) const {
    return -2 * label(target) * margin(y, target);
  }
};

struct CategoricalHingeRow {
  std::size_t size;

  DK_INLINE double operator()(const float* y, const float* t, float* gradient, float factor) const {
    double right = 0;
    float wrong = -std::numeric_limits<float>::infinity();
#pragma omp simd reduction(+ : right) reduction(max : wrong)
    for (std::size_t i = 0; i < size; ++i) {
      const float other = (1 - t[i]) * y[i];
      right += static_cast<double>(t[i] * y[i]);
      wrong = other > wrong ? other : wrong;
    }
    // NaN stays in `right`.
    const double margin = wrong - right + 1;
    const double loss = margin < 0 ? 0 : margin;
    if (gradient == nullptr) return loss;
    float largest = 0;  // How many are.
    for (std::size_t i = 0; i < size; ++i) largest += (1 - t[i]) * y[i] == wrong ? 1.0F : 0.0F;
    const float factor_here = margin <= 0 ? 0 : factor;
    const float share = factor_here / largest;
#pragma omp simd
    for (std::size_t i = 0; i < size; ++i) {
      const float other = 1 - t[i];
      gradient[i] = (other * y[i] == wrong ? share * other : 0.0F) - factor_here * t[i];
    }
    return loss;
  }
};

}  // namespace

DK_MULTIVERSION double hinge(const LossBatch& batch, const LossArguments&) {
  return sum_of_means(batch, Hinge{labels(batch)});
}

DK_MULTIVERSION double squared_hinge(const LossBatch& batch, const LossArguments&) {
  return sum_of_means(batch, SquaredHinge{{labels(batch)}});
}

DK_MULTIVERSION double categorical_hinge(const LossBatch& batch, const LossArguments&) {
  return sum_of_rows(batch, batch.size, CategoricalHingeRow{batch.size});
}

}  // namespace dk::model
