// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/pooling/pooling.hpp"

namespace dk::model {
namespace {

Window read_window(ConfigReader& config, std::size_t rank) {
  Window window{.sizes = config.counts("pool_size", rank, 2),
                .strides = {},
                .dilations = Shape(rank, 1),
                .padding = read_padding(config)};
  const nlohmann::json* strides = config.find("strides");
  const bool missing = strides == nullptr || strides->is_null();
  window.strides = missing ? window.sizes : config.counts("strides", rank);
  return window;
}

}  // namespace

Pooling::Pooling(ConfigReader& config, std::size_t rank, Kind kind)
    : rank_(rank),
      kind_(kind),
      window_(read_window(config, rank)),
      channels_first_(read_channels_first(config)) {}

nlohmann::json Pooling::config() const {
  return {{"pool_size", window_.sizes},
          {"strides", window_.strides},
          {"padding", name_of(window_.padding)},
          {"data_format", data_format_name(channels_first_)}};
}

Result<Shape> Pooling::build(const Shape& input, const BuildContext& context) {
  DK_TRY_ASSIGN(const Extent extent, Extent::of(input, rank_, channels_first_));
  DK_TRY_ASSIGN(const Window::Fit fit, window_.over(extent.space));
  geometry_ = PoolGeometry(window_, fit, extent.space);
  parts_per_sample_ = channels_first_ ? extent.channels : 1;
  channels_ = channels_first_ ? 1 : extent.channels;
  if (context.training) {
    DK_TRY_ASSIGN(row_, FloatBuffer::make(channels_));
  }
  return Extent{fit.output, extent.channels}.shape(channels_first_);
}

Placement Pooling::placement() const {
  return {.keeps_inputs = kind_ == Kind::kMax, .keeps_outputs = kind_ == Kind::kMax};
}

void Pooling::forward(const ForwardPass& pass) {
  const std::size_t n = pass.n * parts_per_sample_;
  if (kind_ == Kind::kMax) {
    max_pool(geometry_, pass.in(), pass.out(), n, channels_);
  } else {
    average_pool(geometry_, pass.in(), pass.out(), n, channels_);
  }
}

void Pooling::backward(const BackwardPass& pass) {
  if (pass.in_gradient() == nullptr) return;
  const std::size_t n = pass.n * parts_per_sample_;
  if (kind_ == Kind::kMax) {
    max_pool_backward(geometry_, pass.in(), pass.out(), pass.out_gradient(), pass.in_gradient(),
                      row_.data(), n, channels_);
  } else {
    average_pool_backward(geometry_, pass.out_gradient(), pass.in_gradient(), row_.data(), n,
                          channels_);
  }
}

}  // namespace dk::model
