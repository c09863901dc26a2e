// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/initializers/orthogonal.hpp"

#include <algorithm>
#include <cmath>

namespace dk::model {
namespace {

double dot(std::span<const double> a, std::span<const double> b) {
  constexpr std::size_t kLanes = 8;
  double lanes[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= a.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += a[i + lane] * b[i + lane];
  }
  double sum = 0;
  for (; i < a.size(); ++i) sum += a[i] * b[i];
  for (const double lane : lanes) sum += lane;
  return sum;
}

std::size_t columns_of(const Shape& shape) {
  return shape.empty() ? 1 : shape.back();
}

}  // namespace

void fill_orthogonal(Random& random, float gain, const Shape& shape, std::span<float> values) {
  const std::size_t columns = columns_of(shape);
  const std::size_t rows = values.size() / columns;
  const std::size_t count = std::min(rows, columns);
  const std::size_t length = std::max(rows, columns);
  std::vector<double> vectors(values.size());
  for (double& value : vectors) value = random.normal();
  const auto vector = [&](std::size_t k) { return std::span(vectors).subspan(k * length, length); };
  for (std::size_t k = 0; k < count; ++k) {
    const double norm = std::sqrt(dot(vector(k), vector(k)));
    for (double& value : vector(k)) value /= norm;
    for (std::size_t other = k + 1; other < count; ++other) {
      const double share = dot(vector(k), vector(other));
      for (std::size_t i = 0; i < length; ++i) vector(other)[i] -= share * vector(k)[i];
    }
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t row = i / columns;
    const std::size_t column = i % columns;
    const double value = rows < columns ? vector(row)[column] : vector(column)[row];
    values[i] = gain * static_cast<float>(value);
  }
}

void fill_identity(float gain, const Shape& shape, std::span<float> values) {
  std::ranges::fill(values, 0.0F);
  const std::size_t columns = columns_of(shape);
  for (std::size_t i = 0; i < columns && i * columns + i < values.size(); ++i) {
    values[i * columns + i] = gain;
  }
}

}  // namespace dk::model
