// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/curve.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace dk::submit {

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

std::string sparkline(const std::vector<double>& values, bool utf8) {
  static constexpr std::array<const char*, 8> kBlocks{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  static constexpr std::array<const char*, 8> kAscii{"_", ".", ",", "-", "=", "+", "*", "#"};
  if (values.empty()) return {};
  const auto [least, greatest] = std::ranges::minmax(values);
  const double range = greatest - least;
  std::string line;
  for (const double value : values) {
    const double share = range > 0 ? (value - least) / range : 0;
    const auto height = static_cast<std::size_t>(std::lround(share * 7));
    line += (utf8 ? kBlocks : kAscii)[height];
  }
  return line;
}

}  // namespace dk::submit
