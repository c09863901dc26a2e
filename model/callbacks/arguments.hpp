// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/config_reader.hpp"

#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>

namespace dk::model {

inline constexpr double kLargestValue = 1e30;

/// A number of epochs, from 0.
[[nodiscard]] inline std::uint64_t read_epochs(ConfigReader& config, std::string_view key,
                                               std::int64_t fallback) {
  constexpr std::int64_t kMostEpochs = 1'000'000'000;
  return static_cast<std::uint64_t>(config.integer(key, fallback, 0, kMostEpochs));
}

/// A finite number, or nothing for null and a missing key.
[[nodiscard]] inline std::optional<double> read_optional_number(ConfigReader& config,
                                                                std::string_view key) {
  const auto* value = config.find(key);
  if (value == nullptr || value->is_null()) return std::nullopt;
  return config.number(key, 0, -kLargestValue, kLargestValue);
}

}  // namespace dk::model
