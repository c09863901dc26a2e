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
/// standard deviations and widened by 1 / 0.8796 to keep the variance. The fans of a kernel are its
/// last two axes, each times the others. Orthogonal and Identity: orthogonal.hpp.
struct Initializer {
  enum class Distribution {
    kConstant,
    kUniform,
    kNormal,
    kTruncatedNormal,
    kOrthogonal,
    kIdentity,
  };
  enum class Fan { kNone, kIn, kOut, kAverage };

  std::string class_name = "Zeros";  ///< Keras' class: `GlorotUniform`.
  Distribution distribution = Distribution::kConstant;
  Fan fan = Fan::kNone;
  /// Without fan: the constant, minimum, mean or gain. With fan: the scale.
  double a = 0;
  double b = 0;                       ///< Without fan: the maximum or standard deviation.
  std::optional<std::uint64_t> seed;  ///< Of its own, in place of the model's.
  /// Elements from `ones_begin` to before `ones_end` become 1 all the same: LSTM's
  /// unit_forget_bias. Not Keras' word, and not written.
  std::size_t ones_begin = 0;
  std::size_t ones_end = 0;

  bool operator==(const Initializer&) const = default;
};

/// From `"glorot_uniform"`, `"GlorotUniform"`, Keras' object of class_name and config, or
/// `{"name": "constant", "value": 1}`.
[[nodiscard]] Result<Initializer> parse_initializer(const nlohmann::json& json);
/// kInvalid when it cannot fill this shape: Orthogonal needs two axes or more, Identity just two.
[[nodiscard]] Result<void> check_initializer(const Initializer& initializer, const Shape& shape);
/// Keras' object of class_name and config.
[[nodiscard]] nlohmann::json to_json(const Initializer& initializer);
/// Keras' snake_case names.
[[nodiscard]] std::vector<std::string> known_initializers();

/// Fills a variable of this shape: the same numbers for the same seed on every machine.
void initialize(const Initializer& initializer, const Shape& shape, std::uint64_t seed,
                std::span<float> values);

}  // namespace dk::model
