// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

namespace dk::model {

/// The loops of the layers that normalize channel by channel. `x` has `size` floats; its i-th
/// belongs to the i % width-th of each array of `width` floats: a row of channels, repeated to be
/// long enough for vector registers. None may overlap another, but `out` may be `x` and
/// `in_gradient` may be `gradient`.

/// sums += x
void add_sums(const float* x, std::size_t size, std::size_t width, float* sums);
/// squares += (x - mean)^2
void add_squares(const float* x, std::size_t size, std::size_t width, const float* mean,
                 float* squares);
/// sums += gradient; products += gradient * (x - mean)
void add_gradient_sums(const float* x, const float* gradient, std::size_t size, std::size_t width,
                       const float* mean, float* sums, float* products);
/// out = (x - mean) * scale + shift
void scale_channels(const float* x, float* out, std::size_t size, std::size_t width,
                    const float* mean, const float* scale, const float* shift);
/// in_gradient = gradient * scale + (x - mean) * slope + shift
void channel_gradient(const float* x, const float* gradient, float* in_gradient, std::size_t size,
                      std::size_t width, const float* mean, const float* scale, const float* slope,
                      const float* shift);
/// in_gradient = gradient * scale
void scale_gradient(const float* gradient, float* in_gradient, std::size_t size, std::size_t width,
                    const float* scale);

}  // namespace dk::model
