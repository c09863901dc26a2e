// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <nlohmann/json.hpp>

#include <span>
#include <string>
#include <vector>

namespace dk::model {

/// Keras' L1, L2 and L1L2: a variable's, or an output's, share of the loss, l1 * sum(|w|) + l2 *
/// sum(w^2).
struct Regularizer {
  std::string class_name = "L1L2";  ///< Keras' class.
  double l1 = 0;
  double l2 = 0;

  /// The share, in double precision.
  [[nodiscard]] double penalty(std::span<const float> values) const;
  /// Adds scale * (l1 * sign(w) + 2 * l2 * w) to the gradients, in one pass that returns the share,
  /// unscaled, too.
  double add_gradient(std::span<const float> values, std::span<float> gradients,
                      double scale = 1) const;

  bool operator==(const Regularizer&) const = default;
};

/// From `"l1"`, `"l2"`, `"l1_l2"` (0.01 for each, as in Keras 2), Keras' object of class_name and
/// config, or `{"name": "l2", "l2": 0.1}`.
[[nodiscard]] Result<Regularizer> parse_regularizer(const nlohmann::json& json);
/// Keras' object of class_name and config.
[[nodiscard]] nlohmann::json to_json(const Regularizer& regularizer);
[[nodiscard]] std::vector<std::string> known_regularizers();

}  // namespace dk::model
