// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/kernels.hpp"

#include "actors/algorithms/kernel_support.hpp"
#include "base/multiversion.hpp"

#include <algorithm>

namespace dk::kernels {

DK_MULTIVERSION void scaled_difference(std::span<float> out, std::span<const float> a,
                                       std::span<const float> b, float scale) {
  const std::size_t size = common_size(out, a, b);
  float* __restrict to = out.data();
  const float* __restrict from = a.data();
  const float* __restrict less = b.data();
  for (std::size_t i = 0; i < size; ++i) to[i] = (from[i] - less[i]) * scale;
}

DK_MULTIVERSION void add_and_copy(std::span<float> centre, std::span<const float> contribution,
                                  std::span<float> reply) {
  const std::size_t size = common_size(centre, contribution, reply);
  float* __restrict sum = centre.data();
  const float* __restrict add = contribution.data();
  float* __restrict copy = reply.data();
  for (std::size_t i = 0; i < size; ++i) {
    sum[i] += add[i];
    copy[i] = sum[i];
  }
}

DK_MULTIVERSION void add_scaled(std::span<float> centre, std::span<const float> contribution,
                                float scale, std::span<float> reply) {
  const std::size_t size = common_size(centre, contribution);
  float* __restrict sum = centre.data();
  const float* __restrict add = contribution.data();
  if (reply.empty()) {
    for (std::size_t i = 0; i < size; ++i) sum[i] += scale * add[i];
    return;
  }
  static_cast<void>(common_size(centre, reply));
  float* __restrict copy = reply.data();
  for (std::size_t i = 0; i < size; ++i) {
    sum[i] += scale * add[i];
    copy[i] = sum[i];
  }
}

DK_MULTIVERSION void add(std::span<float> centre, std::span<const float> contribution) {
  const std::size_t size = common_size(centre, contribution);
  float* __restrict sum = centre.data();
  const float* __restrict more = contribution.data();
  for (std::size_t i = 0; i < size; ++i) sum[i] += more[i];
}

DK_MULTIVERSION void subtract(std::span<float> centre, std::span<const float> contribution) {
  const std::size_t size = common_size(centre, contribution);
  float* __restrict rest = centre.data();
  const float* __restrict less = contribution.data();
  for (std::size_t i = 0; i < size; ++i) rest[i] -= less[i];
}

DK_MULTIVERSION void mean(std::span<float> out, Terms terms) {
  const std::size_t size = common_size_with(out, terms);
  const float scale = 1.0F / static_cast<float>(terms.size());
  for (std::size_t first = 0; first < size; first += kStretch) {
    const std::size_t count = std::min(kStretch, size - first);
    float* __restrict to = out.data() + first;
    sum_stretch(to, terms, first, count);
    for (std::size_t i = 0; i < count; ++i) to[i] *= scale;
  }
}

DK_MULTIVERSION void add_mean(std::span<float> centre, Terms terms) {
  const std::size_t size = common_size_with(centre, terms);
  const float scale = 1.0F / static_cast<float>(terms.size());
  float sum[kStretch];
  for (std::size_t first = 0; first < size; first += kStretch) {
    const std::size_t count = std::min(kStretch, size - first);
    sum_stretch(sum, terms, first, count);
    float* __restrict to = centre.data() + first;
    for (std::size_t i = 0; i < count; ++i) to[i] += sum[i] * scale;
  }
}

DK_MULTIVERSION void copy_to_both(std::span<const float> reply, std::span<float> theta,
                                  std::span<float> theta0) {
  const std::size_t size = common_size(reply, theta, theta0);
  const float* __restrict from = reply.data();
  float* __restrict first = theta.data();
  float* __restrict second = theta0.data();
  for (std::size_t i = 0; i < size; ++i) {
    first[i] = from[i];
    second[i] = from[i];
  }
}

DK_MULTIVERSION bool all_finite(std::span<const float> values) {
  // Infinity and NaN times 0 is NaN, everything else 0: sums without a branch, in vector registers.
  constexpr std::size_t kLanes = 32;
  float sums[kLanes] = {};
  const float* __restrict from = values.data();
  std::size_t i = 0;
  for (; i + kLanes <= values.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) sums[lane] += from[i + lane] * 0.0F;
  }
  float sum = 0;
  for (; i < values.size(); ++i) sum += from[i] * 0.0F;
  for (const float lane : sums) sum += lane;
  return sum == 0.0F;
}

void copy(std::span<const float> from, std::span<float> to) {
  static_cast<void>(common_size(from, to));
  std::copy(from.begin(), from.end(), to.begin());
}

}  // namespace dk::kernels
