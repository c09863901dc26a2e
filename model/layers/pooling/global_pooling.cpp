// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/pooling/global_pooling.hpp"

#include "base/multiversion.hpp"

#include <algorithm>
#include <limits>

namespace dk::model {
namespace {

DK_MULTIVERSION void max_cells(const float* __restrict x, float* __restrict y, std::size_t cells,
                               std::size_t channels) {
  std::fill_n(y, channels, -std::numeric_limits<float>::infinity());
  for (std::size_t cell = 0; cell < cells; ++cell, x += channels) {
    for (std::size_t c = 0; c < channels; ++c) {
      y[c] = (x[c] > y[c]) | (x[c] != x[c]) ? x[c] : y[c];
    }
  }
}

DK_MULTIVERSION void max_cells_backward(const float* __restrict x, const float* __restrict y,
                                        const float* __restrict y_gradient,
                                        float* __restrict x_gradient, float* __restrict share,
                                        std::size_t cells, std::size_t channels) {
  std::fill_n(share, channels, 0.0F);
  for (std::size_t i = 0; i < cells * channels; i += channels) {
    for (std::size_t c = 0; c < channels; ++c) share[c] += x[i + c] == y[c] ? 1.0F : 0.0F;
  }
  for (std::size_t c = 0; c < channels; ++c) share[c] = y_gradient[c] / share[c];
  for (std::size_t i = 0; i < cells * channels; i += channels) {
    for (std::size_t c = 0; c < channels; ++c) {
      x_gradient[i + c] = x[i + c] == y[c] ? share[c] : 0.0F;
    }
  }
}

/// y = the sum of mask * x (mask nullptr: all 1), divided by the masks' sum.
DK_MULTIVERSION void average_cells(const float* __restrict x, const float* mask,
                                   float* __restrict y, std::size_t cells, std::size_t channels) {
  std::fill_n(y, channels, 0.0F);
  float count = 0;
  for (std::size_t cell = 0; cell < cells; ++cell, x += channels) {
    const float weight = mask == nullptr ? 1.0F : mask[cell];
    count += weight;
    for (std::size_t c = 0; c < channels; ++c) y[c] += weight * x[c];
  }
  for (std::size_t c = 0; c < channels; ++c) y[c] /= count;
}

DK_MULTIVERSION void average_cells_backward(const float* __restrict y_gradient, const float* mask,
                                            float* __restrict x_gradient, std::size_t cells,
                                            std::size_t channels) {
  float count = 0;
  for (std::size_t cell = 0; cell < cells; ++cell) count += mask == nullptr ? 1.0F : mask[cell];
  for (std::size_t cell = 0; cell < cells; ++cell, x_gradient += channels) {
    const float weight = (mask == nullptr ? 1.0F : mask[cell]) / count;
    for (std::size_t c = 0; c < channels; ++c) x_gradient[c] = weight * y_gradient[c];
  }
}

}  // namespace

GlobalPooling::GlobalPooling(ConfigReader& config, std::size_t rank, Kind kind)
    : rank_(rank),
      kind_(kind),
      keepdims_(config.boolean("keepdims", false)),
      channels_first_(read_channels_first(config)) {}

nlohmann::json GlobalPooling::config() const {
  return {{"data_format", data_format_name(channels_first_)}, {"keepdims", keepdims_}};
}

Result<Shape> GlobalPooling::build(const Shape& input, const BuildContext& context) {
  DK_TRY_ASSIGN(const Extent extent, Extent::of(input, rank_, channels_first_));
  cells_ = extent.cells();
  parts_per_sample_ = channels_first_ ? extent.channels : 1;
  channels_ = channels_first_ ? 1 : extent.channels;
  if (context.training && kind_ == Kind::kMax) {
    DK_TRY_ASSIGN(row_, FloatBuffer::make(channels_));
  }
  if (!keepdims_) return Shape{extent.channels};
  return Extent{Shape(rank_, 1), extent.channels}.shape(channels_first_);
}

Placement GlobalPooling::placement() const {
  return {.keeps_inputs = kind_ == Kind::kMax, .keeps_outputs = kind_ == Kind::kMax};
}

const float* GlobalPooling::mask_of(const float* masks, std::size_t part) const {
  return masks == nullptr || rank_ != 1 ? nullptr : masks + part / parts_per_sample_ * cells_;
}

void GlobalPooling::forward(const ForwardPass& pass) {
  const float* x = pass.in();
  float* y = pass.out();
  for (std::size_t part = 0; part < pass.n * parts_per_sample_; ++part) {
    if (kind_ == Kind::kMax) {
      max_cells(x, y, cells_, channels_);
    } else {
      average_cells(x, mask_of(pass.mask(), part), y, cells_, channels_);
    }
    x += cells_ * channels_;
    y += channels_;
  }
}

void GlobalPooling::backward(const BackwardPass& pass) {
  if (pass.in_gradient() == nullptr) return;
  const std::size_t in_step = cells_ * channels_;
  for (std::size_t part = 0; part < pass.n * parts_per_sample_; ++part) {
    const float* y_gradient = pass.out_gradient() + part * channels_;
    float* x_gradient = pass.in_gradient() + part * in_step;
    if (kind_ == Kind::kMax) {
      max_cells_backward(pass.in() + part * in_step, pass.out() + part * channels_, y_gradient,
                         x_gradient, row_.data(), cells_, channels_);
    } else {
      average_cells_backward(y_gradient, mask_of(pass.mask(), part), x_gradient, cells_, channels_);
    }
  }
}

}  // namespace dk::model
