// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/activations/vector_math.hpp"
#include "model/losses/builtin.hpp"

#include <algorithm>
#include <cstddef>

namespace dk::model {

/// The weighted sum of a loss of whole rows. Row has
///
///     double operator()(const float* outputs, const float* targets, float* gradient,
///                       float factor) const;
///
/// the row's loss; it writes `factor` times its gradient where that is no nullptr.
template <class Row>
DK_INLINE double sum_of_rows(const LossBatch& batch, std::size_t targets_per_row, const Row& row) {
  double sum = 0;
  for (std::size_t r = 0; r < batch.rows; ++r) {
    const float weight = batch.weights == nullptr ? 1 : batch.weights[r];
    float* gradient = batch.gradient == nullptr ? nullptr : batch.gradient + r * batch.size;
    if (weight == 0) {
      if (gradient != nullptr) std::fill_n(gradient, batch.size, 0.0F);
      continue;
    }
    sum += weight * row(batch.outputs + r * batch.size, batch.targets + r * targets_per_row,
                        gradient, weight * batch.scale);
  }
  return sum;
}

/// A row that is the sum of an element's `value(output, target)`; `slope` is its derivative by the
/// output.
template <class Element>
struct ElementRow {
  Element element;
  std::size_t size;

  DK_INLINE double operator()(const float* outputs, const float* targets, float* gradient,
                              float factor) const {
    double sum = 0;
    if (gradient != nullptr) {
#pragma omp simd reduction(+ : sum)
      for (std::size_t i = 0; i < size; ++i) {
        sum += static_cast<double>(element.value(outputs[i], targets[i]));
        gradient[i] = factor * element.slope(outputs[i], targets[i]);
      }
    } else {
#pragma omp simd reduction(+ : sum)
      for (std::size_t i = 0; i < size; ++i) {
        sum += static_cast<double>(element.value(outputs[i], targets[i]));
      }
    }
    return sum;
  }
};

/// The weighted sum over rows of the mean over a row's elements.
template <class Element>
DK_INLINE double sum_of_means(const LossBatch& batch, const Element& element) {
  LossBatch rows = batch;
  rows.scale = batch.scale / static_cast<float>(batch.size);
  if (batch.weights == nullptr) {
    // One long row.
    rows.size *= rows.rows;
    rows.rows = 1;
  }
  const double sum = sum_of_rows(rows, rows.size, ElementRow<Element>{element, rows.size});
  return sum / static_cast<double>(batch.size);
}

/// -1, 0 or 1, or NaN.
DK_INLINE float sign(float x) {
  const float negative = x < 0 ? -1 : x;
  return x > 0 ? 1 : negative;
}

DK_INLINE float clamp(float x, float low, float high) {
  const float bounded = x < low ? low : x;
  return bounded > high ? high : bounded;
}

}  // namespace dk::model
