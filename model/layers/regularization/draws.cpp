// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/regularization/draws.hpp"

#include "base/multiversion.hpp"

#include <Eigen/Core>

#include <numbers>

namespace dk::model {
namespace {

constexpr std::size_t kHalf = kNormalBlock / 2;
using Half = Eigen::Array<float, kHalf, 1>;

/// first in (0, 1], second in [0, 2 pi).
DK_MULTIVERSION void draw_uniforms(std::uint64_t seed, std::size_t block, float* first,
                                   float* second) {
  constexpr auto kUnit = static_cast<float>(1 / kDraws);
  constexpr auto kAngle = static_cast<float>(2 * std::numbers::pi / kDraws);
  for (std::size_t i = 0; i < kHalf; ++i) {
    const std::size_t at = block * kNormalBlock + i;
    first[i] = static_cast<float>(static_cast<std::int32_t>(draw(seed, at)) + 1) * kUnit;
    second[i] = static_cast<float>(static_cast<std::int32_t>(draw(seed, at + kHalf))) * kAngle;
  }
}

}  // namespace

void draw_normals(std::uint64_t seed, std::size_t block, float* normals) {
  Half radius;
  Half angle;
  draw_uniforms(seed, block, radius.data(), angle.data());
  radius = (-2 * radius.log()).sqrt();
  Eigen::Map<Half> cosines(normals);
  Eigen::Map<Half> sines(normals + kHalf);
  cosines = radius * angle.cos();
  sines = radius * angle.sin();
}

}  // namespace dk::model
