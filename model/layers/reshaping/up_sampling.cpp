// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/reshaping/up_sampling.hpp"

#include "base/multiversion.hpp"
#include "model/layers/axes.hpp"

#include <algorithm>
#include <cmath>

namespace dk::model {
namespace {

void repeat_row(const float* in, float* out, std::size_t columns, std::size_t times,
                std::size_t block) {
  if (block == 1) {
    for (std::size_t i = 0; i < columns; ++i, out += times) std::fill_n(out, times, in[i]);
    return;
  }
  for (std::size_t i = 0; i < columns * times; ++i, out += block) {
    std::copy_n(in + i / times * block, block, out);
  }
}

/// sums (columns, block) += gradient (columns, times, block) over the middle axis.
DK_MULTIVERSION void add_repeated_row(const float* gradient, float* sums, std::size_t columns,
                                      std::size_t times, std::size_t block) {
  for (std::size_t column = 0; column < columns; ++column, sums += block) {
    for (std::size_t time = 0; time < times; ++time, gradient += block) {
      for (std::size_t i = 0; i < block; ++i) sums[i] += gradient[i];
    }
  }
}

DK_MULTIVERSION void mix_block(const float* in, float* out, std::size_t block,
                               const UpSampling::Corners& corners) {
  const float* a = in + corners.at[0];
  const float* b = in + corners.at[1];
  const float* c = in + corners.at[2];
  const float* d = in + corners.at[3];
  for (std::size_t i = 0; i < block; ++i) {
    out[i] = corners.weight[0] * a[i] + corners.weight[1] * b[i] + corners.weight[2] * c[i] +
             corners.weight[3] * d[i];
  }
}

DK_MULTIVERSION void spread_block(const float* gradient, float* in_gradient, std::size_t block,
                                  const UpSampling::Corners& corners) {
  for (std::size_t corner = 0; corner < 4; ++corner) {
    float* sum = in_gradient + corners.at[corner];
    const float weight = corners.weight[corner];
    for (std::size_t i = 0; i < block; ++i) sum[i] += weight * gradient[i];
  }
}

}  // namespace

UpSampling::UpSampling(ConfigReader& config, std::size_t rank)
    : rank_(rank), size_(config.counts("size", rank, 2)) {
  if (rank > 1) channels_first_ = read_channels_first(config);
  if (rank == 2) {
    bilinear_ = config.choice("interpolation", "nearest", {"nearest", "bilinear"}) == "bilinear";
  }
}

nlohmann::json UpSampling::config() const {
  nlohmann::json config{{"size", rank_ == 1 ? nlohmann::json(size_[0]) : nlohmann::json(size_)}};
  if (rank_ > 1) config["data_format"] = data_format_name(channels_first_);
  if (rank_ == 2) config["interpolation"] = bilinear_ ? "bilinear" : "nearest";
  return config;
}

std::vector<UpSampling::Mix> UpSampling::mixes(std::size_t size, std::size_t factor) {
  std::vector<Mix> mixes;
  for (std::size_t i = 0; i < size * factor; ++i) {
    const double point = (static_cast<double>(i) + 0.5) / static_cast<double>(factor) - 0.5;
    const double low = std::floor(point);
    const auto clamp = [size](double at) {
      return static_cast<std::size_t>(std::clamp(at, 0.0, static_cast<double>(size - 1)));
    };
    mixes.push_back({clamp(low), clamp(low + 1), static_cast<float>(point - low)});
  }
  return mixes;
}

Result<Shape> UpSampling::build(const Shape& input, const BuildContext& /*context*/) {
  DK_TRY_ASSIGN(axes_, SpatialAxes::of(input, rank_, channels_first_));
  Shape output = input;
  for (std::size_t axis = 0; axis < rank_; ++axis) {
    factors_[3 - rank_ + axis] = size_[axis];
    output[axis + (channels_first_ ? 1 : 0)] *= size_[axis];
    DK_TRY(element_count(output));
  }
  if (bilinear_) {
    rows_ = mixes(axes_.sizes[1], factors_[1]);
    columns_ = mixes(axes_.sizes[2], factors_[2]);
  }
  return output;
}

void UpSampling::repeat(const float* in, float* out, std::size_t images) const {
  const std::size_t row = axes_.sizes[2] * axes_.block;
  const std::size_t long_row = row * factors_[2];
  const std::size_t plane = axes_.sizes[1] * factors_[1] * long_row;
  for (std::size_t a = 0; a < images * axes_.sizes[0]; ++a) {
    float* const first = out;
    for (std::size_t b = 0; b < axes_.sizes[1]; ++b, in += row) {
      repeat_row(in, out, axes_.sizes[2], factors_[2], axes_.block);
      for (std::size_t time = 1; time < factors_[1]; ++time) {
        std::copy_n(out, long_row, out + time * long_row);
      }
      out += factors_[1] * long_row;
    }
    for (std::size_t time = 1; time < factors_[0]; ++time, out += plane) {
      std::copy_n(first, plane, out);
    }
  }
}

void UpSampling::sum_repeated(const float* gradient, float* in_gradient, std::size_t images) const {
  const std::size_t row = axes_.sizes[2] * axes_.block;
  const std::size_t plane = axes_.sizes[1] * row;
  std::fill_n(in_gradient, images * axes_.sizes[0] * plane, 0.0F);
  for (std::size_t a = 0; a < images * axes_.sizes[0] * factors_[0]; ++a) {
    for (std::size_t b = 0; b < axes_.sizes[1] * factors_[1]; ++b) {
      float* sums = in_gradient + a / factors_[0] * plane + b / factors_[1] * row;
      add_repeated_row(gradient, sums, axes_.sizes[2], factors_[2], axes_.block);
      gradient += row * factors_[2];
    }
  }
}

UpSampling::Corners UpSampling::corners_of(const Mix& row, const Mix& column) const {
  const std::size_t step = axes_.sizes[2] * axes_.block;
  const std::size_t low = column.low * axes_.block;
  const std::size_t high = column.high * axes_.block;
  return {
      {row.low * step + low, row.low * step + high, row.high * step + low, row.high * step + high},
      {(1 - row.part) * (1 - column.part), (1 - row.part) * column.part,
       row.part * (1 - column.part), row.part * column.part}};
}

void UpSampling::mix(const float* in, float* out, std::size_t images) const {
  const std::size_t row = axes_.sizes[2] * axes_.block;
  for (std::size_t image = 0; image < images; ++image, in += axes_.sizes[1] * row) {
    for (const Mix& r : rows_) {
      for (const Mix& c : columns_) {
        mix_block(in, out, axes_.block, corners_of(r, c));
        out += axes_.block;
      }
    }
  }
}

void UpSampling::spread_mixed(const float* gradient, float* in_gradient, std::size_t images) const {
  const std::size_t row = axes_.sizes[2] * axes_.block;
  const std::size_t plane = axes_.sizes[1] * row;
  std::fill_n(in_gradient, images * plane, 0.0F);
  for (std::size_t image = 0; image < images; ++image, in_gradient += plane) {
    for (const Mix& r : rows_) {
      for (const Mix& c : columns_) {
        spread_block(gradient, in_gradient, axes_.block, corners_of(r, c));
        gradient += axes_.block;
      }
    }
  }
}

void UpSampling::forward(const ForwardPass& pass) {
  const std::size_t images = pass.n * axes_.outer;
  bilinear_ ? mix(pass.in(), pass.out(), images) : repeat(pass.in(), pass.out(), images);
}

void UpSampling::backward(const BackwardPass& pass) {
  if (pass.in_gradient() == nullptr) return;
  const std::size_t images = pass.n * axes_.outer;
  if (bilinear_) {
    spread_mixed(pass.out_gradient(), pass.in_gradient(), images);
  } else {
    sum_repeated(pass.out_gradient(), pass.in_gradient(), images);
  }
}

}  // namespace dk::model
