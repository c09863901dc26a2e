// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/dropout.hpp"

#include "base/multiversion.hpp"
#include "base/random.hpp"

#include <cmath>

namespace dk::model {
namespace {

/// out = in * scale where a 24-bit draw for the element is at least `threshold`, else 0. The draw
/// is a 32-bit finalizer (Wellons' lowbias32) of seed and index: no state, so it vectorises.
DK_MULTIVERSION void apply_mask(const float* in, float* out, std::size_t size, std::uint64_t seed,
                                std::uint32_t threshold, float scale) {
  const auto low = static_cast<std::uint32_t>(seed);
  const auto high = static_cast<std::uint32_t>(seed >> 32);
  for (std::size_t i = 0; i < size; ++i) {
    std::uint32_t x = static_cast<std::uint32_t>(i) * 0x9e3779b9U + low;
    x ^= x >> 16;
    x *= 0x7feb352dU;
    x ^= (x >> 15) ^ high;
    x *= 0x846ca68bU;
    x ^= x >> 16;
    const float factor =
        static_cast<std::int32_t>(x >> 8) >= static_cast<std::int32_t>(threshold) ? scale : 0.0F;
    out[i] = in[i] * factor;
  }
}

constexpr double kDraws = 1 << 24;

std::uint32_t threshold_of(double rate) {
  return static_cast<std::uint32_t>(std::lround(rate * kDraws));
}

}  // namespace

Dropout::Dropout(ConfigReader& config)
    : rate_(config.number("rate", 0, 0, 1)), seed_(config.seed()) {
  if (config.find("rate") == nullptr) config.problem("rate is missing");
  config.only_null({"noise_shape"});
}

nlohmann::json Dropout::config() const {
  return {{"rate", rate_}, {"seed", seed_ ? nlohmann::json(*seed_) : nlohmann::json()}};
}

Result<Shape> Dropout::build(const Shape& input, std::size_t /*max_batch*/) {
  DK_TRY_ASSIGN(size_, element_count(input));
  return input;
}

std::uint64_t Dropout::stream(std::uint64_t step_seed) const {
  return seed_ ? seed_for(step_seed, *seed_) : step_seed;
}

const float* Dropout::forward(const ForwardPass& pass) {
  if (!pass.training || rate_ == 0) return pass.in;
  apply_mask(pass.in, pass.out, pass.n * size_, stream(pass.seed), threshold_of(rate_),
             static_cast<float>(1 / (1 - rate_)));
  return pass.out;
}

float* Dropout::backward(const BackwardPass& pass) {
  if (rate_ == 0) return pass.out_gradient;
  apply_mask(pass.out_gradient, pass.out_gradient, pass.n * size_, stream(pass.seed),
             threshold_of(rate_), static_cast<float>(1 / (1 - rate_)));
  return pass.out_gradient;
}

}  // namespace dk::model
