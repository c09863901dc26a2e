// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/rnn/dropout_factors.hpp"

#include "base/multiversion.hpp"
#include "model/layers/regularization/draws.hpp"

namespace dk::model {
namespace {

DK_MULTIVERSION void fill(float* factors, std::size_t size, std::int32_t threshold, float scale,
                          std::uint64_t seed) {
  for (std::size_t i = 0; i < size; ++i) {
    factors[i] = static_cast<std::int32_t>(draw(seed, i)) >= threshold ? scale : 0.0F;
  }
}

}  // namespace

void fill_dropout_factors(float* factors, std::size_t size, double rate, std::uint64_t seed) {
  fill(factors, size, draw_threshold(rate), static_cast<float>(1 / (1 - rate)), seed);
}

}  // namespace dk::model
