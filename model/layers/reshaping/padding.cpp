// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/reshaping/padding.hpp"

#include "model/layers/axes.hpp"

namespace dk::model {
namespace {

/// Keras 2 knows no data_format for one spatial axis.
nlohmann::json to_config(const char* key, const FrameWidths& widths, bool channels_first) {
  nlohmann::json config{{key, frame_to_json(widths)}};
  if (widths.size() > 1 || channels_first) {
    config["data_format"] = data_format_name(channels_first);
  }
  return config;
}

}  // namespace

ZeroPadding::ZeroPadding(ConfigReader& config, std::size_t rank)
    : rank_(rank),
      padding_(read_frame(config, "padding", rank, 1)),
      channels_first_(read_channels_first(config)) {}

nlohmann::json ZeroPadding::config() const {
  return to_config("padding", padding_, channels_first_);
}

Result<Shape> ZeroPadding::build(const Shape& input, const BuildContext& /*context*/) {
  DK_TRY_ASSIGN(const SpatialAxes axes, SpatialAxes::of(input, rank_, channels_first_));
  frame_ = Frame(axes, padding_);
  Shape output = input;
  for (std::size_t axis = 0; axis < rank_; ++axis) {
    output[axis + (channels_first_ ? 1 : 0)] += padding_[axis].first + padding_[axis].second;
  }
  DK_TRY(element_count(output));
  return output;
}

void ZeroPadding::forward(const ForwardPass& pass) {
  frame_.put(pass.in(), pass.out(), pass.n);
}

void ZeroPadding::backward(const BackwardPass& pass) {
  if (pass.in_gradient() != nullptr) {
    frame_.cut(pass.out_gradient(), pass.in_gradient(), pass.n);
  }
}

Cropping::Cropping(ConfigReader& config, std::size_t rank)
    : rank_(rank),
      cropping_(read_frame(config, "cropping", rank, rank == 2 ? 0 : 1)),
      channels_first_(read_channels_first(config)) {}

nlohmann::json Cropping::config() const {
  return to_config("cropping", cropping_, channels_first_);
}

Result<Shape> Cropping::build(const Shape& input, const BuildContext& /*context*/) {
  DK_TRY_ASSIGN(SpatialAxes axes, SpatialAxes::of(input, rank_, channels_first_));
  Shape output = input;
  for (std::size_t axis = 0; axis < rank_; ++axis) {
    const std::size_t width = cropping_[axis].first + cropping_[axis].second;
    std::size_t& size = axes.sizes[3 - rank_ + axis];
    if (width >= size) {
      return fail(Errc::kInvalid, "cropping {} leaves nothing of an input {}",
                  frame_to_json(cropping_).dump(), to_string(input));
    }
    size -= width;
    output[axis + (channels_first_ ? 1 : 0)] = size;
  }
  frame_ = Frame(axes, cropping_);
  return output;
}

void Cropping::forward(const ForwardPass& pass) {
  frame_.cut(pass.in(), pass.out(), pass.n);
}

void Cropping::backward(const BackwardPass& pass) {
  if (pass.in_gradient() != nullptr) {
    frame_.put(pass.out_gradient(), pass.in_gradient(), pass.n);
  }
}

}  // namespace dk::model
