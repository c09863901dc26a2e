// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/kernels.hpp"

#include "base/check.hpp"
#include "base/multiversion.hpp"

#include <cstddef>

namespace dk::kernels {
namespace {

template <class... Spans>
std::size_t common_size(const Spans&... spans) {
  std::size_t size = 0;
  ((size = spans.size()), ...);
  DK_CHECK(((spans.size() == size) && ...), "all parts of a vector have the same length");
  return size;
}

}  // namespace

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

DK_MULTIVERSION void subtract(std::span<float> centre, std::span<const float> contribution) {
  const std::size_t size = common_size(centre, contribution);
  float* __restrict rest = centre.data();
  const float* __restrict less = contribution.data();
  for (std::size_t i = 0; i < size; ++i) rest[i] -= less[i];
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

}  // namespace dk::kernels
