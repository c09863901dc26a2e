// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/losses/crossentropy.hpp"

#include "base/multiversion.hpp"
#include "model/losses/rows.hpp"

#include <cmath>
#include <limits>

namespace dk::model {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/// logsumexp(z) = largest + log(sum), apart, so that a difference to a large z stays exact.
struct LogSumExp {
  float largest = -std::numeric_limits<float>::infinity();
  float sum = 0;
};

/// With a gradient wanted, it becomes e^(z - largest).
DK_INLINE LogSumExp log_sum_exp(const float* z, float* gradient, std::size_t size) {
  float largest = -std::numeric_limits<float>::infinity();
  float sum = 0;
#pragma omp simd reduction(max : largest)
  for (std::size_t i = 0; i < size; ++i) largest = z[i] > largest ? z[i] : largest;
  if (gradient != nullptr) {
#pragma omp simd reduction(+ : sum)
    for (std::size_t i = 0; i < size; ++i) {
      const float e = fast::exp(z[i] - largest);
      gradient[i] = e;
      sum += e;
    }
  } else {
#pragma omp simd reduction(+ : sum)
    for (std::size_t i = 0; i < size; ++i) sum += fast::exp(z[i] - largest);
  }
  return {largest, sum};
}

struct FromLogits {
  std::size_t size;
  float stretch;
  float shift;

  DK_INLINE double operator()(const float* z, const float* targets, float* gradient,
                              float factor) const {
    const auto [largest, sum] = log_sum_exp(z, gradient, size);
    const float log_sum = std::log(sum);
    double loss = 0;
    float total = 0;
#pragma omp simd reduction(+ : loss, total)
    for (std::size_t i = 0; i < size; ++i) {
      const float t = targets[i] * stretch + shift;
      // A zero target times an infinite logit is no loss, not NaN.
      const float term = t * ((largest - z[i]) + log_sum);
      loss += static_cast<double>(t == 0 ? 0 : term);
      total += t;
    }
    if (gradient != nullptr) {
      const float share = factor * total / sum;
#pragma omp simd
      for (std::size_t i = 0; i < size; ++i) {
        gradient[i] = share * gradient[i] - factor * (targets[i] * stretch + shift);
      }
    }
    return loss;
  }
};

struct SparseFromLogits {
  std::size_t size;

  DK_INLINE double operator()(const float* z, const float* target, float* gradient,
                              float factor) const {
    if (!is_class(*target, size)) {
      if (gradient != nullptr) std::fill_n(gradient, size, kNan);
      return kNan;
    }
    const auto label = static_cast<std::size_t>(*target);
    const auto [largest, sum] = log_sum_exp(z, gradient, size);
    if (gradient != nullptr) {
      const float share = factor / sum;
#pragma omp simd
      for (std::size_t i = 0; i < size; ++i) gradient[i] *= share;
      gradient[label] -= factor;
    }
    return static_cast<double>(largest - z[label]) + static_cast<double>(std::log(sum));
  }
};

/// -log(clip(y / sum)).
struct Surprise {
  float sum;
  DK_INLINE bool clipped(float y) const {
    return (y / sum < kLossEpsilon) | (y / sum > 1 - kLossEpsilon);
  }
  DK_INLINE float value(float y) const {
    return -fast::log(clamp(y / sum, kLossEpsilon, 1 - kLossEpsilon));
  }
};

DK_INLINE float sum_of(const float* y, std::size_t size) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::size_t i = 0; i < size; ++i) sum += y[i];
  return sum;
}

/// The gradient of t * surprise(y_i) is t / sum for all outputs and -t / y_i for this one; where
/// the clip bites it is 0.
struct FromOutputs {
  std::size_t size;
  float stretch;
  float shift;

  DK_INLINE double operator()(const float* y, const float* targets, float* gradient,
                              float factor) const {
    const Surprise surprise{sum_of(y, size)};
    double loss = 0;
    float shared = 0;
#pragma omp simd reduction(+ : loss, shared)
    for (std::size_t i = 0; i < size; ++i) {
      const float t = targets[i] * stretch + shift;
      const float term = t * surprise.value(y[i]);
      loss += static_cast<double>(t == 0 ? 0 : term);
      shared += surprise.clipped(y[i]) ? 0 : t / surprise.sum;
    }
    if (gradient != nullptr) {
#pragma omp simd
      for (std::size_t i = 0; i < size; ++i) {
        const float t = targets[i] * stretch + shift;
        const float own = t / y[i];
        gradient[i] = factor * (shared - ((t == 0) | surprise.clipped(y[i]) ? 0 : own));
      }
    }
    return loss;
  }
};

struct SparseFromOutputs {
  std::size_t size;

  DK_INLINE double operator()(const float* y, const float* target, float* gradient,
                              float factor) const {
    if (!is_class(*target, size)) {
      if (gradient != nullptr) std::fill_n(gradient, size, kNan);
      return kNan;
    }
    const auto label = static_cast<std::size_t>(*target);
    const Surprise surprise{sum_of(y, size)};
    if (gradient != nullptr) {
      const bool clipped = surprise.clipped(y[label]);
      std::fill_n(gradient, size, clipped ? 0 : factor / surprise.sum);
      if (!clipped) gradient[label] -= factor / y[label];
    }
    return surprise.value(y[label]);
  }
};

}  // namespace

bool is_class(float label, std::size_t classes) {
  return label >= 0 && label < static_cast<float>(classes) && label == std::floor(label);
}

DK_MULTIVERSION double categorical_crossentropy(const LossBatch& batch,
                                                const LossArguments& arguments) {
  const auto smoothing = static_cast<float>(arguments.label_smoothing);
  return sum_of_rows(
      batch, batch.size,
      FromOutputs{batch.size, 1 - smoothing, smoothing / static_cast<float>(batch.size)});
}

DK_MULTIVERSION double categorical_crossentropy_from_logits(const LossBatch& batch,
                                                            const LossArguments& arguments) {
  const auto smoothing = static_cast<float>(arguments.label_smoothing);
  return sum_of_rows(
      batch, batch.size,
      FromLogits{batch.size, 1 - smoothing, smoothing / static_cast<float>(batch.size)});
}

DK_MULTIVERSION double sparse_categorical_crossentropy(const LossBatch& batch,
                                                       const LossArguments&) {
  return sum_of_rows(batch, 1, SparseFromOutputs{batch.size});
}

DK_MULTIVERSION double sparse_categorical_crossentropy_from_logits(const LossBatch& batch,
                                                                   const LossArguments&) {
  return sum_of_rows(batch, 1, SparseFromLogits{batch.size});
}

}  // namespace dk::model
