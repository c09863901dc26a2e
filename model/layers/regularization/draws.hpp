// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/random.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace dk::model {

/// The i-th draw of a seed, 24 bits: a 32-bit finalizer (Wellons' lowbias32) of seed and index. It
/// has no state, so that loops over it vectorise and the way back can draw again.
[[gnu::always_inline]] inline std::uint32_t draw(std::uint64_t seed, std::size_t i) {
  std::uint32_t x = static_cast<std::uint32_t>(i) * 0x9e3779b9U + static_cast<std::uint32_t>(seed);
  x ^= x >> 16;
  x *= 0x7feb352dU;
  x ^= (x >> 15) ^ static_cast<std::uint32_t>(seed >> 32);
  x *= 0x846ca68bU;
  x ^= x >> 16;
  return x >> 8;
}

inline constexpr double kDraws = 1 << 24;

/// Draws below this have probability `rate`. Signed, since AVX2 compares only signed numbers.
inline std::int32_t draw_threshold(double rate) {
  return static_cast<std::int32_t>(std::lround(rate * kDraws));
}

/// The stream of a layer: of the step's seed, and of its own when it has one.
inline std::uint64_t layer_stream(std::uint64_t step_seed,
                                  const std::optional<std::uint64_t>& seed) {
  return seed ? seed_for(step_seed, *seed) : step_seed;
}

/// Standard normals (Box and Muller, 1958): at most kNormalBlock of them, those from
/// block * kNormalBlock of the seed's stream.
inline constexpr std::size_t kNormalBlock = 256;
void draw_normals(std::uint64_t seed, std::size_t block, float* normals);

}  // namespace dk::model
