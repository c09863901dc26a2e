// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/config_reader.hpp"
#include "model/layers/axes.hpp"
#include "model/shape.hpp"

#include <string_view>

namespace dk::model {

/// Keras' `padding`. Same: as many outputs as steps fit into the input, the odd cell of padding at
/// the end, as TensorFlow. Causal: all padding in front.
enum class Padding { kValid, kSame, kCausal };

[[nodiscard]] Padding read_padding(ConfigReader& config, bool causal_allowed = false);
[[nodiscard]] std::string_view name_of(Padding padding);

/// A sample's shape, whichever axis the channels are on.
struct Extent {
  Shape space;
  std::size_t channels = 1;

  /// kInvalid unless the sample has `rank` axes and the channels.
  static Result<Extent> of(const Shape& sample, std::size_t rank, bool channels_first);
  [[nodiscard]] Shape shape(bool channels_first) const;
  /// Of the space.
  [[nodiscard]] std::size_t cells() const;
};

/// A window that steps over the axes of a space.
struct Window {
  Shape sizes;
  Shape strides;
  Shape dilations;
  Padding padding = Padding::kValid;

  struct Fit {
    Shape output;
    Shape pads;  ///< Cells in front of the space.
  };
  /// How often it fits on each axis. kInvalid when nowhere.
  [[nodiscard]] Result<Fit> over(const Shape& space) const;
  /// Cells of the axis from the window's first to its last.
  [[nodiscard]] std::size_t span(std::size_t axis) const {
    return (sizes[axis] - 1) * dilations[axis] + 1;
  }
};

}  // namespace dk::model
