// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/losses/crossentropy.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <limits>

namespace dk::model {
namespace {

using Row = Eigen::Map<Eigen::ArrayXf>;
using ConstRow = Eigen::Map<const Eigen::ArrayXf>;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kEpsilon = 1e-7F;  // Keras' backend.epsilon()

bool is_class(float label, std::size_t classes) {
  return label >= 0 && label < static_cast<float>(classes) && label == std::floor(label);
}

/// log(sum(exp(z))); with a gradient wanted, it becomes softmax(z) * factor.
float log_sum_exp(const ConstRow& z, float* gradient, float factor) {
  const float max = z.maxCoeff();
  if (gradient == nullptr) return max + std::log((z - max).exp().sum());
  Row g(gradient, z.size());
  g = (z - max).exp();
  const float sum = g.sum();
  g *= factor / sum;
  return max + std::log(sum);
}

double dense_from_logits(const LossBatch& batch) {
  const float scale = 1.0F / static_cast<float>(batch.n);
  double loss = 0;
  for (std::size_t r = 0; r < batch.n; ++r) {
    const auto size = static_cast<Eigen::Index>(batch.size);
    const ConstRow z(batch.outputs + r * batch.size, size);
    const ConstRow t(batch.targets + r * batch.size, size);
    float* gradient = batch.gradient == nullptr ? nullptr : batch.gradient + r * batch.size;
    const float total = t.sum();
    const float normalizer = log_sum_exp(z, gradient, total * scale);
    // A zero target times an infinite logit is no loss, not NaN.
    for (Eigen::Index i = 0; i < size; ++i) {
      if (t[i] != 0) loss += static_cast<double>(t[i]) * (normalizer - z[i]);
    }
    if (gradient != nullptr) Row(gradient, size) -= t * scale;
  }
  return loss;
}

double sparse_from_logits(const LossBatch& batch) {
  const float scale = 1.0F / static_cast<float>(batch.n);
  double loss = 0;
  for (std::size_t r = 0; r < batch.n; ++r) {
    const auto size = static_cast<Eigen::Index>(batch.size);
    const ConstRow z(batch.outputs + r * batch.size, size);
    float* gradient = batch.gradient == nullptr ? nullptr : batch.gradient + r * batch.size;
    const float label = batch.targets[r];
    if (!is_class(label, batch.size)) {
      loss += kNan;
      if (gradient != nullptr) std::fill_n(gradient, batch.size, kNan);
      continue;
    }
    const auto target = static_cast<Eigen::Index>(label);
    loss += log_sum_exp(z, gradient, scale) - z[target];
    if (gradient != nullptr) gradient[target] -= scale;
  }
  return loss;
}

/// One row from outputs: adds -t * log(clip(p / sum)) for every class with a target, and its
/// gradient t * (1 / sum - 1 / p); where the clip bites the gradient is 0.
template <class Target>
double row_from_outputs(const ConstRow& p, float* gradient, float scale, const Target& target) {
  const float sum = p.sum();
  if (gradient != nullptr) std::fill_n(gradient, p.size(), 0.0F);
  double loss = 0;
  float shared = 0;
  for (Eigen::Index i = 0; i < p.size(); ++i) {
    const float t = target(i);
    if (t == 0) continue;
    const float q = p[i] / sum;
    const bool clipped = q < kEpsilon || q > 1 - kEpsilon;
    // Written so that NaN stays NaN.
    const float bounded = q < kEpsilon ? kEpsilon : q > 1 - kEpsilon ? 1 - kEpsilon : q;
    loss -= static_cast<double>(t) * std::log(bounded);
    if (gradient != nullptr && !clipped) {
      gradient[i] -= scale * t / p[i];
      shared += scale * t / sum;
    }
  }
  if (gradient != nullptr) Row(gradient, p.size()) += shared;
  return loss;
}

double dense_from_outputs(const LossBatch& batch) {
  const float scale = 1.0F / static_cast<float>(batch.n);
  double loss = 0;
  for (std::size_t r = 0; r < batch.n; ++r) {
    const ConstRow p(batch.outputs + r * batch.size, static_cast<Eigen::Index>(batch.size));
    const float* t = batch.targets + r * batch.size;
    float* gradient = batch.gradient == nullptr ? nullptr : batch.gradient + r * batch.size;
    loss += row_from_outputs(p, gradient, scale, [t](Eigen::Index i) { return t[i]; });
  }
  return loss;
}

double sparse_from_outputs(const LossBatch& batch) {
  const float scale = 1.0F / static_cast<float>(batch.n);
  double loss = 0;
  for (std::size_t r = 0; r < batch.n; ++r) {
    const ConstRow p(batch.outputs + r * batch.size, static_cast<Eigen::Index>(batch.size));
    float* gradient = batch.gradient == nullptr ? nullptr : batch.gradient + r * batch.size;
    const float label = batch.targets[r];
    const bool valid = is_class(label, batch.size);
    const auto target = valid ? static_cast<Eigen::Index>(label) : 0;
    loss += row_from_outputs(p, gradient, scale, [&](Eigen::Index i) {
      return !valid ? kNan : i == target ? 1.0F : 0.0F;
    });
  }
  return loss;
}

}  // namespace

const Loss kCategoricalCrossentropy{.name = "categorical_crossentropy",
                                    .min_outputs = 2,
                                    .from_outputs = dense_from_outputs,
                                    .from_logits = dense_from_logits};
const Loss kSparseCategoricalCrossentropy{.name = "sparse_categorical_crossentropy",
                                          .sparse_targets = true,
                                          .min_outputs = 2,
                                          .from_outputs = sparse_from_outputs,
                                          .from_logits = sparse_from_logits};

}  // namespace dk::model
