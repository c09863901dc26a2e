// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/normalization/channel_statistics.hpp"

#include "model/layers/normalization/channel_loops.hpp"

#include <algorithm>

namespace dk::model {
namespace {

constexpr std::size_t kLeastWidth = 64;
constexpr std::size_t kTiles = 4;
/// Floats of a chunk: they stay in the cache between its two loops.
constexpr std::size_t kChunk = 8192;

}  // namespace

Result<void> ChannelPasses::plan(const AxisBlock& channels) {
  channels_ = channels;
  period_ = channels.inner == 1 ? channels.size : 1;
  const std::size_t wanted =
      channels.inner == 1 ? kLeastWidth : std::min(kLeastWidth, channels.inner);
  width_ = (wanted + period_ - 1) / period_ * period_;
  DK_TRY_ASSIGN(tiles_, FloatBuffer::make(kTiles * width_));
  totals_.resize(period_);
  products_.resize(period_);
  means_.resize(channels.size);
  squares_.resize(channels.size);
  return {};
}

std::size_t ChannelPasses::blocks(std::size_t n) const {
  return channels_.inner == 1 ? 1 : n * channels_.outer * channels_.size;
}

ChannelPasses::Block ChannelPasses::block(std::size_t index, std::size_t n) const {
  if (channels_.inner == 1) return {0, n * channels_.elements(), 0, 0};
  return {index * channels_.inner, channels_.inner, index % channels_.size,
          index / channels_.size * channels_.inner};
}

const float* ChannelPasses::load(std::size_t index, const float* values, std::size_t channel) {
  float* to = tile(index);
  for (std::size_t i = 0; i < width_; i += period_) std::copy_n(values + channel, period_, to + i);
  return to;
}

float* ChannelPasses::cleared(std::size_t index) {
  std::fill_n(tile(index), width_, 0.0F);
  return tile(index);
}

void ChannelPasses::total(std::size_t index, std::vector<double>& totals) const {
  const float* from = tiles_.data() + index * width_;
  std::fill(totals.begin(), totals.end(), 0.0);
  for (std::size_t i = 0; i < width_; i += period_) {
    for (std::size_t k = 0; k < period_; ++k) totals[k] += static_cast<double>(from[i + k]);
  }
}

void ChannelPasses::merge_chunk(const float* x, std::size_t size, std::size_t channel,
                                std::size_t before) {
  const auto count = static_cast<double>(size / period_);
  const double share = count / (static_cast<double>(before) + count);
  add_sums(x, size, width_, cleared(0));
  total(0, totals_);
  float* mean = tile(1);
  for (std::size_t k = 0; k < period_; ++k) {
    totals_[k] /= count;
    mean[k] = static_cast<float>(totals_[k]);
  }
  for (std::size_t i = period_; i < width_; i += period_) std::copy_n(mean, period_, mean + i);
  add_squares(x, size, width_, mean, cleared(0));
  total(0, products_);
  for (std::size_t k = 0; k < period_; ++k) {
    const double distance = totals_[k] - means_[channel + k];
    means_[channel + k] += distance * share;
    squares_[channel + k] +=
        products_[k] + distance * distance * share * static_cast<double>(before);
  }
}

void ChannelPasses::moments(const float* x, std::size_t n, float* mean, float* variance) {
  std::fill(means_.begin(), means_.end(), 0.0);
  std::fill(squares_.begin(), squares_.end(), 0.0);
  const std::size_t chunk = std::max(width_, kChunk / width_ * width_);
  for (std::size_t index = 0; index < blocks(n); ++index) {
    const Block of = block(index, n);
    for (std::size_t at = 0; at < of.size; at += chunk) {
      merge_chunk(x + of.first + at, std::min(chunk, of.size - at), of.channel,
                  of.values_before + at / period_);
    }
  }
  const auto count = static_cast<double>(n * channels_.outer * channels_.inner);
  for (std::size_t k = 0; k < channels_.size; ++k) {
    mean[k] = static_cast<float>(means_[k]);
    variance[k] = static_cast<float>(squares_[k] / count);
  }
}

void ChannelPasses::gradient_sums(const float* x, const float* gradient, std::size_t n,
                                  const float* mean, float* sums, float* products) {
  std::fill(means_.begin(), means_.end(), 0.0);
  std::fill(squares_.begin(), squares_.end(), 0.0);
  const std::size_t chunk = std::max(width_, kChunk / width_ * width_);
  for (std::size_t index = 0; index < blocks(n); ++index) {
    const Block of = block(index, n);
    const float* mean_tile = load(2, mean, of.channel);
    for (std::size_t at = 0; at < of.size; at += chunk) {
      add_gradient_sums(x + of.first + at, gradient + of.first + at, std::min(chunk, of.size - at),
                        width_, mean_tile, cleared(0), cleared(1));
      total(0, totals_);
      total(1, products_);
      for (std::size_t k = 0; k < period_; ++k) {
        means_[of.channel + k] += totals_[k];
        squares_[of.channel + k] += products_[k];
      }
    }
  }
  for (std::size_t k = 0; k < channels_.size; ++k) {
    sums[k] = static_cast<float>(means_[k]);
    products[k] = static_cast<float>(squares_[k]);
  }
}

void ChannelPasses::scale(const float* x, float* out, std::size_t n, const float* mean,
                          const float* scale, const float* shift) {
  for (std::size_t index = 0; index < blocks(n); ++index) {
    const Block of = block(index, n);
    scale_channels(x + of.first, out + of.first, of.size, width_, load(0, mean, of.channel),
                   load(1, scale, of.channel), load(2, shift, of.channel));
  }
}

void ChannelPasses::gradient(const float* x, const float* gradient, float* in_gradient,
                             std::size_t n, const float* mean, const float* scale,
                             const float* slope, const float* shift) {
  for (std::size_t index = 0; index < blocks(n); ++index) {
    const Block of = block(index, n);
    channel_gradient(x + of.first, gradient + of.first, in_gradient + of.first, of.size, width_,
                     load(0, mean, of.channel), load(1, scale, of.channel),
                     load(2, slope, of.channel), load(3, shift, of.channel));
  }
}

void ChannelPasses::scaled_gradient(const float* gradient, float* in_gradient, std::size_t n,
                                    const float* scale) {
  for (std::size_t index = 0; index < blocks(n); ++index) {
    const Block of = block(index, n);
    scale_gradient(gradient + of.first, in_gradient + of.first, of.size, width_,
                   load(0, scale, of.channel));
  }
}

}  // namespace dk::model
