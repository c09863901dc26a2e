// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/constraints/scale_norms.hpp"

#include "base/multiversion.hpp"

#include <algorithm>
#include <cmath>

namespace dk::model {
namespace {

constexpr float kEpsilon = 1e-7F;
constexpr std::size_t kMaxRank = 8;
/// So many norms are taken side by side: neighbours in memory when the last axis is not summed.
constexpr std::size_t kChunk = 64;

struct Axis {
  std::size_t size = 1;
  std::size_t stride = 1;
};

/// Calls `visit(offset)` for every position in these axes.
template <class Visit>
void for_each(std::span<const Axis> axes, std::size_t offset, const Visit& visit) {
  if (axes.empty()) {
    visit(offset);
    return;
  }
  for (std::size_t i = 0; i < axes[0].size; ++i) {
    for_each(axes.subspan(1), offset + i * axes[0].stride, visit);
  }
}

DK_MULTIVERSION void add_squares(const float* values, std::size_t size, float* sums) {
  for (std::size_t i = 0; i < size; ++i) sums[i] += values[i] * values[i];
}

DK_MULTIVERSION void multiply(float* values, std::size_t size, const float* factors) {
  for (std::size_t i = 0; i < size; ++i) values[i] *= factors[i];
}

DK_MULTIVERSION float sum_of_squares_in(const float* values, std::size_t size) {
  float lanes[kChunk] = {};
  std::size_t i = 0;
  for (; i + kChunk <= size; i += kChunk) {
    for (std::size_t lane = 0; lane < kChunk; ++lane) {
      lanes[lane] += values[i + lane] * values[i + lane];
    }
  }
  float sum = 0;
  for (; i < size; ++i) sum += values[i] * values[i];
  for (const float lane : lanes) sum += lane;
  return sum;
}

float factor(float square, NormRule rule) {
  const float norm = std::sqrt(square);
  const float clipped = norm < rule.min ? rule.min : norm > rule.max ? rule.max : norm;
  return (rule.rate * clipped + (1 - rule.rate) * norm) / (kEpsilon + norm);
}

/// The last axis is kept: norms of neighbouring columns together.
void scale_columns(float* values, Axis last, std::span<const Axis> summed, NormRule rule) {
  for (std::size_t first = 0; first < last.size; first += kChunk) {
    const std::size_t count = std::min(kChunk, last.size - first);
    float factors[kChunk] = {};
    for_each(summed, first, [&](std::size_t at) { add_squares(values + at, count, factors); });
    for (std::size_t i = 0; i < count; ++i) factors[i] = factor(factors[i], rule);
    for_each(summed, first, [&](std::size_t at) { multiply(values + at, count, factors); });
  }
}

/// The last axis is summed: one norm of whole rows.
void scale_rows(float* values, Axis last, std::span<const Axis> summed, NormRule rule) {
  float square = 0;
  for_each(summed, 0, [&](std::size_t at) { square += sum_of_squares_in(values + at, last.size); });
  const float by = factor(square, rule);
  for_each(summed, 0, [&](std::size_t at) {
    for (std::size_t i = 0; i < last.size; ++i) values[at + i] *= by;
  });
}

}  // namespace

void scale_norms(std::span<float> values, const Shape& shape, const bool* summed, NormRule rule) {
  if (shape.empty()) return;
  Axis sums[kMaxRank];
  Axis kept[kMaxRank];
  std::size_t sum_count = 0;
  std::size_t kept_count = 0;
  std::size_t stride = values.size();
  const std::size_t last = shape.size() - 1;
  for (std::size_t axis = 0; axis < last; ++axis) {
    stride /= shape[axis];
    (summed[axis] ? sums[sum_count++] : kept[kept_count++]) = {shape[axis], stride};
  }
  const std::span<const Axis> over(sums, sum_count);
  const Axis row{shape[last], 1};
  const auto scale = summed[last] ? scale_rows : scale_columns;
  for_each(std::span<const Axis>(kept, kept_count), 0,
           [&](std::size_t at) { scale(values.data() + at, row, over, rule); });
}

}  // namespace dk::model
