// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/losses/regression.hpp"

#include "base/multiversion.hpp"
#include "model/losses/rows.hpp"

#include <cmath>

namespace dk::model {
namespace {

struct Squared {
  DK_INLINE float value(float y, float t) const { return (y - t) * (y - t); }
  DK_INLINE float slope(float y, float t) const { return 2 * (y - t); }
};

struct Absolute {
  DK_INLINE float value(float y, float t) const { return std::fabs(y - t); }
  DK_INLINE float slope(float y, float t) const { return sign(y - t); }
};

struct Percentage {
  DK_INLINE static float factor(float t) {
    const float size = std::fabs(t);
    return 100 / (size < kLossEpsilon ? kLossEpsilon : size);
  }
  DK_INLINE float value(float y, float t) const { return factor(t) * std::fabs(y - t); }
  DK_INLINE float slope(float y, float t) const { return factor(t) * sign(y - t); }
};

struct SquaredLogarithmic {
  DK_INLINE static float log1p(float x) {
    return fast::log(1 + (x < kLossEpsilon ? kLossEpsilon : x));
  }
  DK_INLINE float value(float y, float t) const {
    const float d = log1p(y) - log1p(t);
    return d * d;
  }
  DK_INLINE float slope(float y, float t) const {
    const float slope = 2 * (log1p(y) - log1p(t)) / (1 + y);
    return y < kLossEpsilon ? 0 : slope;
  }
};

struct Huber {
  float delta;
  DK_INLINE float value(float y, float t) const {
    const float d = std::fabs(y - t);
    const float linear = delta * d - 0.5F * delta * delta;
    return d > delta ? linear : 0.5F * d * d;
  }
  DK_INLINE float slope(float y, float t) const { return clamp(y - t, -delta, delta); }
};

struct LogCosh {
  DK_INLINE float value(float y, float t) const {
    const float d = std::fabs(y - t);
    return d + (fast::log1p_unit(fast::exp(-2 * d)) - 0.693147181F);
  }
  DK_INLINE float slope(float y, float t) const { return fast::tanh(y - t); }
};

struct CosineRow {
  std::size_t size;

  DK_INLINE double operator()(const float* outputs, const float* targets, float* gradient,
                              float factor) const {
    constexpr double kLeast = 1e-12;
    double yy = 0;
    double tt = 0;
    double yt = 0;
#pragma omp simd reduction(+ : yy, tt, yt)
    for (std::size_t i = 0; i < size; ++i) {
      const double y = outputs[i];
      const double t = targets[i];
      yy += y * y;
      tt += t * t;
      yt += y * t;
    }
    const double scale = 1 / std::sqrt((yy < kLeast ? kLeast : yy) * (tt < kLeast ? kLeast : tt));
    if (gradient != nullptr) {
      // Below the least norm the norm is a constant.
      const auto of_target = static_cast<float>(-scale * factor);
      const auto of_output = static_cast<float>(yy < kLeast ? 0 : scale * yt / yy * factor);
#pragma omp simd
      for (std::size_t i = 0; i < size; ++i) {
        gradient[i] = of_target * targets[i] + of_output * outputs[i];
      }
    }
    return -yt * scale;
  }
};

}  // namespace

DK_MULTIVERSION double mean_squared_error(const LossBatch& batch, const LossArguments&) {
  return sum_of_means(batch, Squared{});
}

DK_MULTIVERSION double mean_absolute_error(const LossBatch& batch, const LossArguments&) {
  return sum_of_means(batch, Absolute{});
}

DK_MULTIVERSION double mean_absolute_percentage_error(const LossBatch& batch,
                                                      const LossArguments&) {
  return sum_of_means(batch, Percentage{});
}

DK_MULTIVERSION double mean_squared_logarithmic_error(const LossBatch& batch,
                                                      const LossArguments&) {
  return sum_of_means(batch, SquaredLogarithmic{});
}

DK_MULTIVERSION double huber(const LossBatch& batch, const LossArguments& arguments) {
  return sum_of_means(batch, Huber{static_cast<float>(arguments.delta)});
}

DK_MULTIVERSION double log_cosh(const LossBatch& batch, const LossArguments&) {
  return sum_of_means(batch, LogCosh{});
}

DK_MULTIVERSION double cosine_similarity(const LossBatch& batch, const LossArguments&) {
  return sum_of_rows(batch, batch.size, CosineRow{batch.size});
}

}  // namespace dk::model
