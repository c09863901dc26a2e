// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/regularization/dropout.hpp"

#include "base/multiversion.hpp"
#include "model/layers/axes.hpp"
#include "model/layers/regularization/draws.hpp"

namespace dk::model {
namespace {

/// out = in * scale where the element's draw is at least `threshold`, else 0.
DK_MULTIVERSION void apply_mask(const float* in, float* out, std::size_t size, std::uint64_t seed,
                                std::int32_t threshold, float scale) {
  for (std::size_t i = 0; i < size; ++i) {
    const float factor = static_cast<std::int32_t>(draw(seed, i)) >= threshold ? scale : 0.0F;
    out[i] = in[i] * factor;
  }
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

Result<Shape> Dropout::build(const Shape& input, const BuildContext& /*context*/) {
  DK_TRY_ASSIGN(size_, element_count(input));
  return input;
}

Placement Dropout::placement() const {
  return {.forward_in_place = true,
          .backward_in_place = true,
          .keeps_inputs = false,
          .keeps_outputs = false};
}

void Dropout::forward(const ForwardPass& pass) {
  if (pass.training && rate_ > 0) {
    apply_mask(pass.in(), pass.out(), pass.n * size_, layer_stream(pass.seed, seed_),
               draw_threshold(rate_), static_cast<float>(1 / (1 - rate_)));
  } else {
    copy_unless_same(pass.in(), pass.out(), pass.n * size_);
  }
}

void Dropout::backward(const BackwardPass& pass) {
  if (pass.in_gradient() == nullptr) return;
  if (rate_ > 0) {
    apply_mask(pass.out_gradient(), pass.in_gradient(), pass.n * size_,
               layer_stream(pass.seed, seed_), draw_threshold(rate_),
               static_cast<float>(1 / (1 - rate_)));
  } else {
    copy_unless_same(pass.out_gradient(), pass.in_gradient(), pass.n * size_);
  }
}

}  // namespace dk::model
