// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/server_kernels.hpp"

#include "actors/algorithms/kernel_support.hpp"
#include "base/multiversion.hpp"

#include <algorithm>
#include <cmath>

namespace dk::kernels {
namespace {

/// The stretch is still in the cache: this reads nothing from memory.
[[gnu::always_inline]] inline void copy_stretch(const float* __restrict from,
                                                std::span<float> reply, std::size_t first,
                                                std::size_t count) {
  if (reply.empty()) return;
  float* __restrict to = reply.data() + first;
  for (std::size_t i = 0; i < count; ++i) to[i] = from[i];
}

}  // namespace

DK_MULTIVERSION void adagrad(std::span<float> centre, std::span<const float> contribution,
                             AdagradStep step, std::span<float> squares, std::span<float> reply) {
  const std::size_t size = common_size(centre, contribution, squares);
  if (!reply.empty()) static_cast<void>(common_size(centre, reply));
  for (std::size_t first = 0; first < size; first += kStretch) {
    const std::size_t count = std::min(kStretch, size - first);
    float* __restrict to = centre.data() + first;
    const float* __restrict d = contribution.data() + first;
    float* __restrict sum = squares.data() + first;
    for (std::size_t i = 0; i < count; ++i) {
      sum[i] += d[i] * d[i];
      to[i] += step.rate * d[i] / std::sqrt(sum[i] + step.epsilon);
    }
    copy_stretch(to, reply, first, count);
  }
}

DK_MULTIVERSION void adam(std::span<float> centre, std::span<const float> contribution,
                          const AdamStep& step, std::span<float> m, std::span<float> v,
                          std::span<float> reply) {
  const std::size_t size = common_size(centre, contribution, m, v);
  if (!reply.empty()) static_cast<void>(common_size(centre, reply));
  const AdamStep s = step;
  const float rate = s.rate * s.correction_1;
  for (std::size_t first = 0; first < size; first += kStretch) {
    const std::size_t count = std::min(kStretch, size - first);
    float* __restrict to = centre.data() + first;
    const float* __restrict d = contribution.data() + first;
    float* __restrict mean = m.data() + first;
    float* __restrict square = v.data() + first;
    for (std::size_t i = 0; i < count; ++i) {
      mean[i] = s.beta_1 * mean[i] + (1 - s.beta_1) * d[i];
      square[i] = s.beta_2 * square[i] + (1 - s.beta_2) * d[i] * d[i];
      to[i] += rate * mean[i] / (std::sqrt(s.correction_2 * square[i]) + s.epsilon);
    }
    copy_stretch(to, reply, first, count);
  }
}

DK_MULTIVERSION void add_damped(std::span<float> centre, std::span<const float> contribution,
                                std::span<const float> stale, float rate, std::span<float> reply) {
  const std::size_t size = common_size(centre, contribution, stale, reply);
  float* __restrict to = centre.data();
  const float* __restrict d = contribution.data();
  const float* __restrict old = stale.data();
  float* __restrict copy = reply.data();
  for (std::size_t i = 0; i < size; ++i) {
    const float distance = to[i] - old[i];
    to[i] += d[i] / (distance * distance / rate + 1);
    copy[i] = to[i];
  }
}

DK_MULTIVERSION void nesterov(std::span<float> centre, Terms terms, float rate, float momentum,
                              std::span<float> velocity) {
  static_cast<void>(common_size(centre, velocity));
  const std::size_t size = common_size_with(centre, terms);
  const float scale = 1.0F / static_cast<float>(terms.size());
  float sum[kStretch];
  for (std::size_t first = 0; first < size; first += kStretch) {
    const std::size_t count = std::min(kStretch, size - first);
    sum_stretch(sum, terms, first, count);
    float* __restrict to = centre.data() + first;
    float* __restrict speed = velocity.data() + first;
    for (std::size_t i = 0; i < count; ++i) {
      const float g = sum[i] * scale;
      speed[i] = momentum * speed[i] + g;
      to[i] -= rate * (g + momentum * speed[i]);
    }
  }
}

}  // namespace dk::kernels
