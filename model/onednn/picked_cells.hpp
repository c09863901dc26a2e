// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/float_buffer.hpp"
#include "model/onednn/convolution.hpp"

#include <cstddef>
#include <vector>

namespace dk::model::onednn {

/// A 1x1 kernel with strides sees some cells only. oneDNN 2.6.3's kernel gradient for it writes
/// beyond its scratchpad (jit_1x1), so those cells are put together first, and the strides are
/// gone.
class PickedCells {
 public:
  static bool needed(const ConvolutionShape& shape);
  /// For `shape` as it was, of up to `max_batch` samples.
  static Result<PickedCells> make(const ConvolutionShape& shape, std::size_t max_batch);

  /// Those of the whole input `x`; valid until the next call.
  const float* pick(const float* x, std::size_t n);
  float* picked() { return picked_.data(); }
  /// `picked()` to its places in `x`; all other cells become 0.
  void spread(float* x, std::size_t n);
  [[nodiscard]] std::size_t floats() const { return picked_.span().size(); }

 private:
  template <class Copy>
  void each(std::size_t n, const Copy& copy) const;

  bool channels_first_ = false;
  std::size_t channels_ = 1;
  std::size_t all_ = 1;  ///< Cells of a sample's input.
  std::vector<std::size_t> places_;
  FloatBuffer picked_;
};

}  // namespace dk::model::onednn
