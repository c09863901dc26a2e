// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/shape.hpp"

#include <nlohmann/json.hpp>

#include <span>
#include <string>
#include <vector>

namespace dk::model {

/// Keras' constraints: what is done to a variable after each step. `norm` is the root of the sum of
/// squares over the axes, one for each position in the other axes; epsilon is 1e-7.
/// - NonNeg: max(w, 0)
/// - MaxNorm: w * min(norm, max_value) / (epsilon + norm)
/// - UnitNorm: w / (epsilon + norm)
/// - MinMaxNorm: w * (rate * clip(norm, min_value, max_value) + (1 - rate) * norm) /
///   (epsilon + norm)
struct Constraint {
  enum class Kind { kNonNeg, kMaxNorm, kUnitNorm, kMinMaxNorm };

  Kind kind = Kind::kNonNeg;
  double min_value = 0;
  double max_value = 2;
  double rate = 1;
  std::vector<int> axes{0};  ///< Negative ones count from the end.
  bool one_axis = true;      ///< Written as a number, not as a list.

  /// In place; allocates nothing. The shape has passed `check_constraint`.
  void apply(std::span<float> values, const Shape& shape) const;

  bool operator==(const Constraint&) const = default;
};

/// From `"max_norm"` and the like, Keras' object of class_name and config, or
/// `{"name": "max_norm", "max_value": 3}`.
[[nodiscard]] Result<Constraint> parse_constraint(const nlohmann::json& json);
/// kInvalid when a variable of this shape has not the axes.
[[nodiscard]] Result<void> check_constraint(const Constraint& constraint, const Shape& shape);
/// Keras' object of class_name and config.
[[nodiscard]] nlohmann::json to_json(const Constraint& constraint);
[[nodiscard]] std::vector<std::string> known_constraints();

}  // namespace dk::model
