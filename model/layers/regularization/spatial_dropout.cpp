// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/regularization/spatial_dropout.hpp"

#include "base/multiversion.hpp"
#include "model/layers/axes.hpp"
#include "model/layers/regularization/draws.hpp"

namespace dk::model {
namespace {

DK_MULTIVERSION void scale_columns(const float* in, float* out, const float* factors,
                                   std::size_t rows, std::size_t columns) {
  for (std::size_t row = 0; row < rows; ++row, in += columns, out += columns) {
    for (std::size_t i = 0; i < columns; ++i) out[i] = in[i] * factors[i];
  }
}

DK_MULTIVERSION void scale_rows(const float* in, float* out, const float* factors, std::size_t rows,
                                std::size_t columns) {
  for (std::size_t row = 0; row < rows; ++row, in += columns, out += columns) {
    for (std::size_t i = 0; i < columns; ++i) out[i] = in[i] * factors[row];
  }
}

}  // namespace

SpatialDropout::SpatialDropout(ConfigReader& config, std::size_t rank)
    : rank_(rank), rate_(config.number("rate", 0, 0, 1)), seed_(config.seed()) {
  if (config.find("rate") == nullptr) config.problem("rate is missing");
  if (rank > 1) channels_first_ = read_channels_first(config);
  config.only_null({"noise_shape"});
}

nlohmann::json SpatialDropout::config() const {
  nlohmann::json config{{"rate", rate_},
                        {"seed", seed_ ? nlohmann::json(*seed_) : nlohmann::json()}};
  if (rank_ > 1) config["data_format"] = data_format_name(channels_first_);
  return config;
}

Result<Shape> SpatialDropout::build(const Shape& input, const BuildContext& /*context*/) {
  if (input.size() != rank_ + 1) {
    return fail(Errc::kInvalid, "needs an input of {} axes, not {}", rank_ + 1, to_string(input));
  }
  DK_TRY_ASSIGN(const std::size_t size, element_count(input));
  channels_ = channels_first_ ? input.front() : input.back();
  positions_ = size / channels_;
  DK_TRY_ASSIGN(factors_, FloatBuffer::make(channels_));
  return input;
}

Placement SpatialDropout::placement() const {
  return {.forward_in_place = true,
          .backward_in_place = true,
          .keeps_inputs = false,
          .keeps_outputs = false};
}

void SpatialDropout::drop(const float* in, float* out, std::size_t n, std::uint64_t step_seed) {
  const std::uint64_t seed = layer_stream(step_seed, seed_);
  const std::int32_t threshold = draw_threshold(rate_);
  const auto scale = static_cast<float>(1 / (1 - rate_));
  const std::size_t size = channels_ * positions_;
  for (std::size_t sample = 0; sample < n; ++sample, in += size, out += size) {
    for (std::size_t c = 0; c < channels_; ++c) {
      const auto drawn = static_cast<std::int32_t>(draw(seed, sample * channels_ + c));
      factors_.data()[c] = drawn >= threshold ? scale : 0.0F;
    }
    if (channels_first_) {
      scale_rows(in, out, factors_.data(), channels_, positions_);
    } else {
      scale_columns(in, out, factors_.data(), positions_, channels_);
    }
  }
}

void SpatialDropout::forward(const ForwardPass& pass) {
  if (pass.training && rate_ > 0) return drop(pass.in(), pass.out(), pass.n, pass.seed);
  copy_unless_same(pass.in(), pass.out(), pass.n * channels_ * positions_);
}

void SpatialDropout::backward(const BackwardPass& pass) {
  if (pass.in_gradient() == nullptr) return;
  if (rate_ > 0) return drop(pass.out_gradient(), pass.in_gradient(), pass.n, pass.seed);
  copy_unless_same(pass.out_gradient(), pass.in_gradient(), pass.n * channels_ * positions_);
}

}  // namespace dk::model
