// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/config_reader.hpp"
#include "model/shape.hpp"

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace dk::model {

/// How many elements stand before and behind those of a spatial axis, for each of 1 to 3 axes.
using FrameWidths = std::vector<std::pair<std::size_t, std::size_t>>;

/// Keras' `padding` and `cropping`: one number for all axes; one for each, both sides alike (for
/// rank 1: before and behind); or pairs (before, behind).
[[nodiscard]] FrameWidths read_frame(ConfigReader& config, std::string_view key, std::size_t rank,
                                     std::size_t fallback);
[[nodiscard]] nlohmann::json frame_to_json(const FrameWidths& widths);

/// The sizes of a sample's up to three spatial axes, smaller ranks filled up in front with 1.
struct SpatialAxes {
  std::array<std::size_t, 3> sizes{1, 1, 1};
  std::size_t outer = 1;  ///< The channels when they come first.
  std::size_t block = 1;  ///< The channels when they come last.

  /// kInvalid when the sample has no `rank` spatial axes and one of channels.
  static Result<SpatialAxes> of(const Shape& shape, std::size_t rank, bool channels_first);
};

/// Puts a frame of zeros around the spatial axes, and cuts it off.
class Frame {
 public:
  Frame() = default;
  /// Around axes of these (inner) sizes.
  Frame(const SpatialAxes& inside, const FrameWidths& widths);

  /// large = small with zeros around, `n` samples.
  void put(const float* small, float* large, std::size_t n) const;
  /// small = large without its frame.
  void cut(const float* large, float* small, std::size_t n) const;

 private:
  [[nodiscard]] bool is_inside(std::size_t a, std::size_t b) const;

  SpatialAxes inside_;
  std::array<std::size_t, 3> before_{};
  std::array<std::size_t, 3> large_{1, 1, 1};
};

}  // namespace dk::model
