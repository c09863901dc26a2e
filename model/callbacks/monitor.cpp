// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/callbacks/monitor.hpp"

#include <algorithm>
#include <limits>

namespace dk::model {

Direction automatic_direction(std::string_view monitor) {
  constexpr std::string_view kRising[] = {"acc",      "auc",      "precision",        "recall",
                                          "f1_score", "r2_score", "cosine_similarity"};
  const bool rises = std::any_of(std::begin(kRising), std::end(kRising), [&](auto part) {
    return monitor.find(part) != std::string_view::npos;
  });
  const bool is_loss = monitor.ends_with("loss");
  return rises && !is_loss ? Direction::kUp : Direction::kDown;
}

Direction read_direction(ConfigReader& config, std::string_view monitor) {
  const auto mode = config.choice("mode", "auto", {"auto", "min", "max"});
  if (mode == "auto") return automatic_direction(monitor);
  return mode == "max" ? Direction::kUp : Direction::kDown;
}

bool is_better(Direction direction, double value, double best, double min_delta) {
  return direction == Direction::kUp ? value - min_delta > best : value + min_delta < best;
}

double worst(Direction direction) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  return direction == Direction::kUp ? -kInfinity : kInfinity;
}

}  // namespace dk::model
