// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/axes.hpp"

#include <cmath>

namespace dk::model {
namespace {

constexpr std::int64_t kMaxRank = 64;

std::optional<std::int64_t> axis_number(const nlohmann::json& value) {
  const double number = value.is_number() ? value.get<double>() : std::nan("");
  if (!(std::fabs(number) <= static_cast<double>(kMaxRank)) || number != std::floor(number)) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(number);
}

/// False when something in there is no finite float.
bool flatten_numbers(const nlohmann::json& value, std::vector<float>& numbers) {
  if (value.is_array()) {
    return std::all_of(value.begin(), value.end(), [&](const nlohmann::json& element) {
      return flatten_numbers(element, numbers);
    });
  }
  if (!value.is_number()) return false;
  numbers.push_back(static_cast<float>(value.get<double>()));
  return std::isfinite(numbers.back());
}

}  // namespace

bool read_channels_first(ConfigReader& config) {
  const nlohmann::json* value = config.find("data_format");
  if (value == nullptr || value->is_null()) return false;
  return config.choice("data_format", "channels_last", {"channels_last", "channels_first"}) ==
         "channels_first";
}

const char* data_format_name(bool channels_first) {
  return channels_first ? "channels_first" : "channels_last";
}

std::vector<std::int64_t> read_axes(ConfigReader& config, std::string_view key,
                                    std::vector<std::int64_t> fallback) {
  const nlohmann::json* value = config.find(key);
  if (value == nullptr) return fallback;
  std::vector<std::int64_t> axes;
  if (value->is_array()) {
    for (const auto& element : *value) {
      if (const auto axis = axis_number(element)) axes.push_back(*axis);
    }
    if (!axes.empty() && axes.size() == value->size()) return axes;
  } else if (const auto axis = axis_number(*value)) {
    return {*axis};
  }
  config.problem(fmt::format("{} is {}; it must be a whole number from {} to {}, or a list of them",
                             key, show(*value), -kMaxRank, kMaxRank));
  return fallback;
}

nlohmann::json axes_to_json(std::span<const std::int64_t> axes) {
  if (axes.size() == 1) return axes[0];
  return nlohmann::json(std::vector<std::int64_t>(axes.begin(), axes.end()));
}

Result<std::size_t> sample_axis(std::int64_t axis, std::size_t rank) {
  const auto size = static_cast<std::int64_t>(rank);
  const std::int64_t from_front = axis < 0 ? axis + size : axis - 1;
  if (from_front < 0 || from_front >= size) {
    return fail(Errc::kInvalid, "axis {} is none of an input of {} axes and the batch's axis 0",
                axis, rank);
  }
  return static_cast<std::size_t>(from_front);
}

Result<AxisBlock> axis_block(const Shape& shape, std::span<const std::int64_t> axes) {
  std::vector<std::size_t> chosen;
  for (const std::int64_t axis : axes) {
    DK_TRY_ASSIGN(const std::size_t index, sample_axis(axis, shape.size()));
    chosen.push_back(index);
  }
  std::sort(chosen.begin(), chosen.end());
  for (std::size_t i = 1; i < chosen.size(); ++i) {
    if (chosen[i] == chosen[i - 1] + 1) continue;
    return fail(Errc::kInvalid, "the axes {} of an input {} are no neighbours",
                axes_to_json(axes).dump(), to_string(shape));
  }
  DK_TRY(element_count(shape));
  AxisBlock block;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (!chosen.empty() && axis >= chosen.front() && axis <= chosen.back()) {
      block.size *= shape[axis];
    } else if (!chosen.empty() && axis < chosen.front()) {
      block.outer *= shape[axis];
    } else {
      block.inner *= shape[axis];
    }
  }
  return block;
}

std::vector<float> read_numbers(ConfigReader& config, std::string_view key) {
  const nlohmann::json* value = config.find(key);
  std::vector<float> numbers;
  if (value == nullptr || value->is_null()) return numbers;
  if (!flatten_numbers(*value, numbers) || numbers.empty()) {
    config.problem(
        fmt::format("{} is {}; it must be a number or a list of numbers", key, show(*value)));
    numbers.clear();
  }
  return numbers;
}

}  // namespace dk::model
