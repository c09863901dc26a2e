// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/config_reader.hpp"

#include <string>
#include <string_view>

namespace dk::model {

/// Which way a watched value gets better. Keras' `auto`: up for accuracies, AUC, precision, recall,
/// F1, R2 and cosine similarity, down for all else.
enum class Direction { kDown, kUp };

[[nodiscard]] Direction automatic_direction(std::string_view monitor);
/// Keras' argument `mode`: `auto`, `min` or `max`.
[[nodiscard]] Direction read_direction(ConfigReader& config, std::string_view monitor);

/// Keras' test: `value` is better than `best` by more than `min_delta` >= 0; never when one is NaN.
[[nodiscard]] bool is_better(Direction direction, double value, double best, double min_delta);
/// What everything is better than.
[[nodiscard]] double worst(Direction direction);

}  // namespace dk::model
