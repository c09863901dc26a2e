// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <vector>

namespace dk {

/// A series of unknown length in bounded memory: once it has 2 * kMost points each two become their
/// mean, and from then on a point stands for twice as many values. One thread.
class Curve {
 public:
  static constexpr std::size_t kMost = 64;

  /// Values that are not finite are passed over.
  void add(double value);
  /// At most `width` points over the whole length, oldest first: means of neighbours.
  [[nodiscard]] std::vector<double> points(std::size_t width) const;

  /// All but the values that make no point yet.
  [[nodiscard]] nlohmann::json to_json() const;
  /// Takes back what `to_json` wrote; anything else leaves it empty.
  void restore(const nlohmann::json& json);

 private:
  std::vector<double> points_;
  std::size_t values_per_point_ = 1;
  double sum_ = 0;
  std::size_t pending_ = 0;
};

}  // namespace dk
