// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/config_reader.hpp"
#include "model/layer.hpp"
#include "model/shape.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace dk::model {

/// Keras' `data_format`: whether the channels come before the spatial axes. Null is channels_last.
[[nodiscard]] bool read_channels_first(ConfigReader& config);
[[nodiscard]] const char* data_format_name(bool channels_first);

/// Keras' `axis`: a whole number or a list of them, the batch's axis being 0 and the last one -1.
[[nodiscard]] std::vector<std::int64_t> read_axes(ConfigReader& config, std::string_view key,
                                                  std::vector<std::int64_t> fallback);
/// A number for one axis, else a list.
[[nodiscard]] nlohmann::json axes_to_json(std::span<const std::int64_t> axes);
/// Keras' axis as an axis of a sample that has `rank` axes; kInvalid for the batch's own.
[[nodiscard]] Result<std::size_t> sample_axis(std::int64_t axis, std::size_t rank);

/// A sample's elements seen as (outer, size, inner): `size` is that of some neighbouring axes.
struct AxisBlock {
  std::size_t outer = 1;
  std::size_t size = 1;
  std::size_t inner = 1;

  [[nodiscard]] std::size_t elements() const { return outer * size * inner; }
};

/// kInvalid when an axis is none of the sample's, is named twice, or they are no neighbours.
[[nodiscard]] Result<AxisBlock> axis_block(const Shape& shape, std::span<const std::int64_t> axes);

/// A number or a (nested) list of numbers, flattened; empty for null or a missing key.
[[nodiscard]] std::vector<float> read_numbers(ConfigReader& config, std::string_view key);

inline void copy_unless_same(const float* from, float* to, std::size_t size) {
  if (from != to) std::copy_n(from, size, to);
}

/// The factory of a class that exists for several ranks: `ZeroPadding2D`.
template <class T, std::size_t Rank>
std::unique_ptr<Layer> make_ranked(ConfigReader& config) {
  return std::make_unique<T>(config, Rank);
}

}  // namespace dk::model
