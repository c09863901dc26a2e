// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/elastic_kernels.hpp"

#include "actors/algorithms/kernel_support.hpp"
#include "base/multiversion.hpp"

#include <algorithm>

namespace dk::kernels {

DK_MULTIVERSION void pull_centre(std::span<float> centre, std::span<const float> theta, float alpha,
                                 std::span<float> reply) {
  const std::size_t size = common_size(centre, theta, reply);
  float* __restrict to = centre.data();
  const float* __restrict from = theta.data();
  float* __restrict elastic = reply.data();
  for (std::size_t i = 0; i < size; ++i) {
    elastic[i] = alpha * (from[i] - to[i]);
    to[i] += elastic[i];
  }
}

DK_MULTIVERSION void pull_worker(std::span<float> theta, std::span<float> theta0,
                                 std::span<const float> centre, float alpha) {
  const std::size_t size = common_size(theta, theta0, centre);
  float* __restrict to = theta.data();
  float* __restrict base = theta0.data();
  const float* __restrict from = centre.data();
  for (std::size_t i = 0; i < size; ++i) {
    to[i] -= alpha * (to[i] - base[i]);
    base[i] = from[i];
  }
}

DK_MULTIVERSION void move_to_mean(std::span<float> centre, Terms terms, float beta) {
  const std::size_t size = common_size_with(centre, terms);
  const float scale = 1.0F / static_cast<float>(terms.size());
  float sum[kStretch];
  for (std::size_t first = 0; first < size; first += kStretch) {
    const std::size_t count = std::min(kStretch, size - first);
    sum_stretch(sum, terms, first, count);
    float* __restrict to = centre.data() + first;
    for (std::size_t i = 0; i < count; ++i) to[i] += beta * (sum[i] * scale - to[i]);
  }
}

DK_MULTIVERSION void look_ahead(std::span<float> theta, std::span<float> theta0,
                                std::span<float> velocity, float momentum) {
  const std::size_t size = common_size(theta, theta0, velocity);
  float* __restrict to = theta.data();
  float* __restrict base = theta0.data();
  float* __restrict speed = velocity.data();
  for (std::size_t i = 0; i < size; ++i) {
    speed[i] *= momentum;
    to[i] += speed[i];
    base[i] = to[i];
  }
}

DK_MULTIVERSION void add_step(std::span<float> velocity, std::span<const float> theta,
                              std::span<const float> theta0) {
  const std::size_t size = common_size(velocity, theta, theta0);
  float* __restrict speed = velocity.data();
  const float* __restrict now = theta.data();
  const float* __restrict before = theta0.data();
  for (std::size_t i = 0; i < size; ++i) speed[i] += now[i] - before[i];
}

}  // namespace dk::kernels
