// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/check.hpp"

#include <algorithm>
#include <cstddef>
#include <span>

/// Shared by the kernels only.
namespace dk::kernels {

/// Floats that stay in the first cache while several loops go over them, so that each vector passes
/// through memory once.
inline constexpr std::size_t kStretch = 2048;

template <class... Spans>
std::size_t common_size(const Spans&... spans) {
  std::size_t size = 0;
  ((size = spans.size()), ...);
  DK_CHECK(((spans.size() == size) && ...), "all parts of a vector have the same length");
  return size;
}

/// The size of `out`, which each term has as well.
inline std::size_t common_size_with(std::span<const float> out,
                                    std::span<const std::span<const float>> terms) {
  DK_CHECK(!terms.empty(), "a mean has terms");
  for (const auto& term : terms) static_cast<void>(common_size(out, term));
  return out.size();
}

/// sum[i] = the terms' sum at first + i, for `count` <= kStretch. Inlined, so that it is compiled
/// for the same machine as the DK_MULTIVERSION function around it.
[[gnu::always_inline]] inline void sum_stretch(float* __restrict sum,
                                               std::span<const std::span<const float>> terms,
                                               std::size_t first, std::size_t count) {
  const float* __restrict start = terms.front().data() + first;
  for (std::size_t i = 0; i < count; ++i) sum[i] = start[i];
  for (const auto& term : terms.subspan(1)) {
    const float* __restrict more = term.data() + first;
    for (std::size_t i = 0; i < count; ++i) sum[i] += more[i];
  }
}

}  // namespace dk::kernels
