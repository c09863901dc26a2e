// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/shape.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace dk::model {

/// How a variable gets its first values: Keras' initializers. The VarianceScaling family (glorot,
/// he, lecun) draws with variance scale / fan, as Keras does: its normal is truncated at two
/// standard deviations and widened by 1 / 0.8796 to keep the variance.
struct Initializer {
  enum class Distribution { kConstant, kUniform, kNormal, kTruncatedNormal };
  enum class Fan { kNone, kIn, kOut, kAverage };

  std::string class_name = "Zeros";  ///< Keras' class: `GlorotUniform`.
  Distribution distribution = Distribution::kConstant;
  Fan fan = Fan::kNone;
  double a = 0;  ///< Without fan: the constant, minimum or mean. With fan: the scale.
  double b = 0;  ///< Without fan: the maximum or standard deviation.
  std::optional<std::uint64_t> seed;  ///< Of its own, in place of the model's.

  bool operator==(const Initializer&) const = default;
};

/// From `"glorot_uniform"`, `"GlorotUniform"` or Keras' object of class_name and config.
[[nodiscard]] Result<Initializer> parse_initializer(const nlohmann::json& json);
/// Keras' object of class_name and config.
[[nodiscard]] nlohmann::json to_json(const Initializer& initializer);
/// Keras' snake_case names.
[[nodiscard]] std::vector<std::string> known_initializers();

/// Fills a variable of this shape: the same numbers for the same seed on every machine.
void initialize(const Initializer& initializer, const Shape& shape, std::uint64_t seed,
                std::span<float> values);

}  // namespace dk::model
