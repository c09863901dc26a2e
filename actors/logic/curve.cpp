// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/curve.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace dk {

void Curve::add(double value) {
  if (!std::isfinite(value)) return;
  sum_ += value;
  if (++pending_ < values_per_point_) return;
  points_.push_back(sum_ / static_cast<double>(pending_));
  sum_ = 0;
  pending_ = 0;
  if (points_.size() < 2 * kMost) return;
  for (std::size_t i = 0; i < kMost; ++i) points_[i] = (points_[2 * i] + points_[2 * i + 1]) / 2;
  points_.resize(kMost);
  values_per_point_ *= 2;
}

std::vector<double> Curve::points(std::size_t width) const {
  if (points_.size() <= width) return points_;
  std::vector<double> means;
  for (std::size_t i = 0; i < width; ++i) {
    const auto first = points_.begin() + static_cast<std::ptrdiff_t>(i * points_.size() / width);
    const auto last =
        points_.begin() + static_cast<std::ptrdiff_t>((i + 1) * points_.size() / width);
    means.push_back(std::accumulate(first, last, 0.0) / static_cast<double>(last - first));
  }
  return means;
}

nlohmann::json Curve::to_json() const {
  return {{"values_per_point", values_per_point_}, {"points", points_}};
}

void Curve::restore(const nlohmann::json& json) {
  *this = {};
  const auto points = json.find("points");
  const auto each = json.find("values_per_point");
  if (points == json.end() || each == json.end() || !points->is_array() ||
      points->size() >= 2 * kMost || !each->is_number_unsigned() || *each == 0 ||
      !std::ranges::all_of(*points, [](const auto& point) { return point.is_number(); }))
    return;
  points->get_to(points_);
  each->get_to(values_per_point_);
}

}  // namespace dk
