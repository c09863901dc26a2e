// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/shape.hpp"

#include <cstddef>
#include <memory>

namespace dk::model::onednn {

/// A cross-correlation over the axes of a space, for each sample:
///
///     y[o, c] = sum over k, i of x[o * stride + k * dilation - pad, i] * kernel[k, i, c] + bias[c]
///
/// where x is 0 outside of its space. With groups, both sides' channels are cut into as many equal
/// runs, and each run of y's sees only its own of x's; the kernel has in / groups channels i.
struct ConvolutionShape {
  Shape input;   ///< x: (input..., in_channels)
  Shape output;  ///< y: (output..., out_channels)
  Shape kernel;  ///< kernel: (kernel..., in_channels / groups, out_channels)
  Shape strides;
  Shape dilations;
  Shape pads;  ///< Cells of 0 in front of x; behind it are as many as y needs.
  std::size_t in_channels = 1;
  std::size_t out_channels = 1;
  std::size_t groups = 1;
  bool channels_first = false;  ///< x: (in_channels, input...), y: (out_channels, output...)
  bool bias = false;            ///< Whether `Convolution::output` adds one.
};

/// The three products of a convolution, by oneDNN; results are overwritten. Its code is made for
/// max_batch samples at once; for another number of samples it is made at the first use and kept,
/// for the latest few of them. Not for several threads at once; uses as many threads as OpenMP
/// gives the caller.
class Convolution {
 public:
  enum class Product { kOutput, kInputGradient, kKernelGradient };
  struct Products {
    bool output = false;
    bool input_gradient = false;
    bool kernel_gradient = false;
  };

  Convolution();
  Convolution(Convolution&&) noexcept;
  Convolution& operator=(Convolution&&) noexcept;
  ~Convolution();

  /// For up to `max_batch` samples and only these products; kInvalid when oneDNN cannot do it.
  static Result<Convolution> make(const ConvolutionShape& shape, std::size_t max_batch,
                                  Products products);

  /// `bias` (out_channels) as the shape says, else nullptr.
  void output(const float* x, const float* kernel, const float* bias, float* y, std::size_t n);
  void input_gradient(const float* y_gradient, const float* kernel, float* x_gradient,
                      std::size_t n);
  void kernel_gradient(const float* x, const float* y_gradient, float* kernel_gradient,
                       std::size_t n);

  /// Floats of scratch memory and of kernels in oneDNN's order.
  [[nodiscard]] std::size_t workspace_floats() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dk::model::onednn
