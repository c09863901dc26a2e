// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/regularization/alpha_dropout.hpp"

#include "base/multiversion.hpp"
#include "model/layers/axes.hpp"
#include "model/layers/regularization/draws.hpp"

#include <cmath>

namespace dk::model {
namespace {

/// -alpha * scale of selu.
constexpr double kLimit = -1.6732632423543772 * 1.0507009873554805;

/// out = a * in + b where the element's draw is at least `threshold`, else `dropped`.
DK_MULTIVERSION void apply(const float* in, float* out, std::size_t size, std::uint64_t seed,
                           std::int32_t threshold, float a, float b, float dropped) {
  for (std::size_t i = 0; i < size; ++i) {
    const float kept = a * in[i] + b;
    out[i] = static_cast<std::int32_t>(draw(seed, i)) >= threshold ? kept : dropped;
  }
}

}  // namespace

AlphaDropout::AlphaDropout(ConfigReader& config)
    : rate_(config.number("rate", 0, 0, 1)), seed_(config.seed()) {
  if (config.find("rate") == nullptr) config.problem("rate is missing");
  config.only_null({"noise_shape"});
}

nlohmann::json AlphaDropout::config() const {
  return {{"rate", rate_}, {"seed", seed_ ? nlohmann::json(*seed_) : nlohmann::json()}};
}

Result<Shape> AlphaDropout::build(const Shape& input, const BuildContext& /*context*/) {
  DK_TRY_ASSIGN(size_, element_count(input));
  return input;
}

Placement AlphaDropout::placement() const {
  return {.forward_in_place = true,
          .backward_in_place = true,
          .keeps_inputs = false,
          .keeps_outputs = false};
}

double AlphaDropout::factor() const {
  return 1 / std::sqrt((1 - rate_) * (1 + rate_ * kLimit * kLimit));
}

void AlphaDropout::forward(const ForwardPass& pass) {
  const std::size_t size = pass.n * size_;
  if (!pass.training || rate_ == 0) return copy_unless_same(pass.in(), pass.out(), size);
  const double a = factor();
  const double b = -a * kLimit * rate_;
  apply(pass.in(), pass.out(), size, layer_stream(pass.seed, seed_), draw_threshold(rate_),
        static_cast<float>(a), static_cast<float>(b), static_cast<float>(a * kLimit + b));
}

void AlphaDropout::backward(const BackwardPass& pass) {
  const std::size_t size = pass.n * size_;
  if (pass.in_gradient() == nullptr) return;
  if (rate_ == 0) return copy_unless_same(pass.out_gradient(), pass.in_gradient(), size);
  apply(pass.out_gradient(), pass.in_gradient(), size, layer_stream(pass.seed, seed_),
        draw_threshold(rate_), static_cast<float>(factor()), 0, 0);
}

}  // namespace dk::model
