// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/float_buffer.hpp"
#include "model/layers/axes.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace dk::model {

/// The passes over memory of a layer that normalizes channel by channel, for any axis of channels.
/// A pass goes once over its tensors, whatever their size; all arrays are of one float per channel.
class ChannelPasses {
 public:
  /// `channels.size` of them.
  Result<void> plan(const AxisBlock& channels);
  [[nodiscard]] std::size_t workspace_floats() const { return tiles_.span().size(); }

  /// The mean and the (biased) variance of each channel over `n` samples. Chunk by chunk, in the
  /// cache, the mean first and then the squared distances from it; chunks are merged as Chan, Golub
  /// and LeVeque (1983) do, so that a mean far from 0 costs no precision.
  void moments(const float* x, std::size_t n, float* mean, float* variance);
  /// The sums of gradient and of gradient * (x - mean).
  void gradient_sums(const float* x, const float* gradient, std::size_t n, const float* mean,
                     float* sums, float* products);
  /// out = (x - mean) * scale + shift. `out` may be `x`.
  void scale(const float* x, float* out, std::size_t n, const float* mean, const float* scale,
             const float* shift);
  /// in_gradient = gradient * scale + (x - mean) * slope + shift. May be `gradient`.
  void gradient(const float* x, const float* gradient, float* in_gradient, std::size_t n,
                const float* mean, const float* scale, const float* slope, const float* shift);
  /// in_gradient = gradient * scale. May be `gradient`.
  void scaled_gradient(const float* gradient, float* in_gradient, std::size_t n,
                       const float* scale);

 private:
  /// Neighbouring floats whose channels are `period` neighbours, over and over.
  struct Block {
    std::size_t first;
    std::size_t size;
    std::size_t channel;
    std::size_t values_before;  ///< Of each of its channels.
  };

  [[nodiscard]] std::size_t blocks(std::size_t n) const;
  [[nodiscard]] Block block(std::size_t index, std::size_t n) const;
  float* tile(std::size_t index) { return tiles_.data() + index * width_; }
  /// A tile filled with a block's channels.
  const float* load(std::size_t index, const float* values, std::size_t channel);
  float* cleared(std::size_t index);
  /// totals_ = the sums of a tile's columns, channel by channel.
  void total(std::size_t index, std::vector<double>& totals) const;
  void merge_chunk(const float* x, std::size_t size, std::size_t channel, std::size_t before);

  AxisBlock channels_;
  std::size_t period_ = 1;
  std::size_t width_ = 1;
  FloatBuffer tiles_;
  std::vector<double> totals_;    ///< Of a chunk.
  std::vector<double> products_;  ///< Of a chunk.
  std::vector<double> means_;
  std::vector<double> squares_;
};

}  // namespace dk::model
