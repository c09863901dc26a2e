// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/reshaping/frame.hpp"

#include <algorithm>
#include <optional>

namespace dk::model {
namespace {

constexpr std::size_t kMaxWidth = std::size_t{1} << 20;

std::optional<std::size_t> width_of(const nlohmann::json& value) {
  if (!value.is_number_integer() || value < 0 || value > kMaxWidth) return std::nullopt;
  return value.get<std::size_t>();
}

std::optional<std::pair<std::size_t, std::size_t>> widths_of(const nlohmann::json& value) {
  if (const auto width = width_of(value)) return std::pair{*width, *width};
  if (!value.is_array() || value.size() != 2) return std::nullopt;
  const auto before = width_of(value[0]);
  const auto behind = width_of(value[1]);
  if (!before || !behind) return std::nullopt;
  return std::pair{*before, *behind};
}

std::optional<FrameWidths> frame_of(const nlohmann::json& value, std::size_t rank) {
  if (value.is_number() || rank == 1) {
    const auto widths = widths_of(value);
    if (!widths) return std::nullopt;
    return FrameWidths(rank, *widths);
  }
  if (!value.is_array() || value.size() != rank) return std::nullopt;
  FrameWidths frame;
  for (const auto& element : value) {
    const auto widths = widths_of(element);
    if (!widths) return std::nullopt;
    frame.push_back(*widths);
  }
  return frame;
}

}  // namespace

FrameWidths read_frame(ConfigReader& config, std::string_view key, std::size_t rank,
                       std::size_t fallback) {
  const nlohmann::json* value = config.find(key);
  const FrameWidths missing(rank, {fallback, fallback});
  if (value == nullptr) return missing;
  if (auto frame = frame_of(*value, rank)) return *frame;
  const std::string lists =
      rank == 1 ? "a pair" : fmt::format("a list of {}, of them or of pairs", rank);
  config.problem(fmt::format("{} is {}; it must be a whole number from 0 to {}, or {} of them", key,
                             show(*value), kMaxWidth, lists));
  return missing;
}

nlohmann::json frame_to_json(const FrameWidths& widths) {
  auto json = nlohmann::json::array();
  for (const auto& [before, behind] : widths) json.push_back({before, behind});
  return widths.size() == 1 ? json[0] : json;
}

Result<SpatialAxes> SpatialAxes::of(const Shape& shape, std::size_t rank, bool channels_first) {
  if (shape.size() != rank + 1) {
    return fail(Errc::kInvalid, "needs an input of {} axes, not {}", rank + 1, to_string(shape));
  }
  DK_TRY(element_count(shape));
  SpatialAxes axes;
  const auto first = shape.begin() + (channels_first ? 1 : 0);
  std::copy_n(first, rank, axes.sizes.end() - static_cast<std::ptrdiff_t>(rank));
  (channels_first ? axes.outer : axes.block) = channels_first ? shape.front() : shape.back();
  return axes;
}

Frame::Frame(const SpatialAxes& inside, const FrameWidths& widths)
    : inside_(inside), large_(inside.sizes) {
  const std::size_t skipped = 3 - widths.size();
  for (std::size_t axis = 0; axis < widths.size(); ++axis) {
    before_[skipped + axis] = widths[axis].first;
    large_[skipped + axis] += widths[axis].first + widths[axis].second;
  }
}

bool Frame::is_inside(std::size_t a, std::size_t b) const {
  return a >= before_[0] && a < before_[0] + inside_.sizes[0] && b >= before_[1] &&
         b < before_[1] + inside_.sizes[1];
}

void Frame::put(const float* small, float* large, std::size_t n) const {
  const std::size_t row = inside_.sizes[2] * inside_.block;
  const std::size_t large_row = large_[2] * inside_.block;
  const std::size_t before = before_[2] * inside_.block;
  for (std::size_t image = 0; image < n * inside_.outer; ++image) {
    for (std::size_t a = 0; a < large_[0]; ++a) {
      for (std::size_t b = 0; b < large_[1]; ++b, large += large_row) {
        if (!is_inside(a, b)) {
          std::fill_n(large, large_row, 0.0F);
          continue;
        }
        std::fill_n(large, before, 0.0F);
        std::copy_n(small, row, large + before);
        std::fill_n(large + before + row, large_row - before - row, 0.0F);
        small += row;
      }
    }
  }
}

void Frame::cut(const float* large, float* small, std::size_t n) const {
  const std::size_t row = inside_.sizes[2] * inside_.block;
  const std::size_t large_row = large_[2] * inside_.block;
  for (std::size_t image = 0; image < n * inside_.outer; ++image) {
    for (std::size_t a = 0; a < large_[0]; ++a) {
      for (std::size_t b = 0; b < large_[1]; ++b, large += large_row) {
        if (!is_inside(a, b)) continue;
        std::copy_n(large + before_[2] * inside_.block, row, small);
        small += row;
      }
    }
  }
}

}  // namespace dk::model
