// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/regularization/draws.hpp"

#include "base/multiversion.hpp"
#include "model/activations/vector_math.hpp"

#include <numbers>

namespace dk::model {

DK_MULTIVERSION void draw_normals(std::uint64_t seed, std::size_t block, float* normals) {
  constexpr std::size_t kHalf = kNormalBlock / 2;
  constexpr auto kUnit = static_cast<float>(1 / kDraws);
  // 22 bits of a draw are an angle in [-pi/4, pi/4), two say where on the circle that lies.
  constexpr std::int32_t kMiddle = 1 << 21;
  constexpr auto kAngle = static_cast<float>(std::numbers::pi / 4 / kMiddle);
  for (std::size_t i = 0; i < kHalf; ++i) {
    const std::size_t at = block * kNormalBlock + i;
    const auto uniform = static_cast<float>(static_cast<std::int32_t>(draw(seed, at)) + 1) * kUnit;
    const auto bits = static_cast<std::int32_t>(draw(seed, at + kHalf));
    const float angle = static_cast<float>((bits >> 2) - kMiddle) * kAngle;
    const float z = angle * angle;
    const float sine =
        angle * (1 + z * (-1.0F / 6 + z * (1.0F / 120 + z * (-1.0F / 5040 + z / 362880))));
    const float cosine = 1 + z * (-0.5F + z * (1.0F / 24 + z * (-1.0F / 720 + z / 40320)));
    const float length = std::sqrt(-2 * fast::log(uniform));
    const float radius = (bits & 2) != 0 ? -length : length;
    const bool swapped = (bits & 1) != 0;
    normals[i] = radius * (swapped ? sine : cosine);
    normals[kHalf + i] = radius * (swapped ? cosine : sine);
  }
}

}  // namespace dk::model
