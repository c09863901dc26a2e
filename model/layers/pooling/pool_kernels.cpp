// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/pooling/pool_kernels.hpp"

#include "base/multiversion.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>

namespace dk::model {
namespace {

using Range = PoolGeometry::Range;

/// The windows of one row, along the last axis: where their lines of cells begin in x.
struct Row {
  const std::vector<Range>& last;
  Range first, second;
  std::size_t first_step, second_step, channels;
  bool overwrite;  // the gradient: no other window has these cells
};

DK_MULTIVERSION void max_row(const Row& row, const float* __restrict x, float* __restrict y) {
  const std::size_t channels = row.channels;
  for (const Range& range : row.last) {
    std::fill_n(y, channels, -std::numeric_limits<float>::infinity());
    for (std::size_t i = row.first.begin; i < row.first.end; ++i) {
      for (std::size_t j = row.second.begin; j < row.second.end; ++j) {
        const float* cell = x + i * row.first_step + j * row.second_step + range.begin * channels;
        for (std::size_t k = range.begin; k < range.end; ++k, cell += channels) {
          for (std::size_t c = 0; c < channels; ++c) {
            y[c] = (cell[c] > y[c]) | (cell[c] != cell[c]) ? cell[c] : y[c];
          }
        }
      }
    }
    y += channels;
  }
}

DK_MULTIVERSION void max_row_backward(const Row& row, const float* __restrict x,
                                      const float* __restrict y, const float* y_gradient,
                                      float* __restrict x_gradient, float* __restrict rest) {
  const std::size_t channels = row.channels;
  for (const Range& range : row.last) {
    std::copy_n(y_gradient, channels, rest);
    for (std::size_t i = row.first.begin; i < row.first.end; ++i) {
      for (std::size_t j = row.second.begin; j < row.second.end; ++j) {
        const std::size_t at = i * row.first_step + j * row.second_step + range.begin * channels;
        const float* cell = x + at;
        float* gradient = x_gradient + at;
        for (std::size_t k = range.begin; k < range.end; ++k) {
          for (std::size_t c = 0; c < channels; ++c) {
            const std::uint32_t found = cell[c] == y[c] ? ~0U : 0U;
            const auto left = std::bit_cast<std::uint32_t>(rest[c]);
            const float before = row.overwrite ? 0.0F : gradient[c];
            gradient[c] = before + std::bit_cast<float>(left & found);
            rest[c] = std::bit_cast<float>(left & ~found);
          }
          cell += channels;
          gradient += channels;
        }
      }
    }
    y += channels;
    y_gradient += channels;
  }
}

float share(const Row& row, const Range& range) {
  const std::size_t cells = (row.first.end - row.first.begin) *
                            (row.second.end - row.second.begin) * (range.end - range.begin);
  return 1.0F / static_cast<float>(cells);
}

DK_MULTIVERSION void average_row(const Row& row, const float* __restrict x, float* __restrict y) {
  const std::size_t channels = row.channels;
  for (const Range& range : row.last) {
    std::fill_n(y, channels, 0.0F);
    for (std::size_t i = row.first.begin; i < row.first.end; ++i) {
      for (std::size_t j = row.second.begin; j < row.second.end; ++j) {
        const float* cell = x + i * row.first_step + j * row.second_step + range.begin * channels;
        for (std::size_t k = range.begin; k < range.end; ++k, cell += channels) {
          for (std::size_t c = 0; c < channels; ++c) y[c] += cell[c];
        }
      }
    }
    const float factor = share(row, range);
    for (std::size_t c = 0; c < channels; ++c) y[c] *= factor;
    y += channels;
  }
}

DK_MULTIVERSION void average_row_backward(const Row& row, const float* y_gradient,
                                          float* __restrict x_gradient, float* __restrict part) {
  const std::size_t channels = row.channels;
  for (const Range& range : row.last) {
    const float factor = share(row, range);
    for (std::size_t c = 0; c < channels; ++c) part[c] = y_gradient[c] * factor;
    for (std::size_t i = row.first.begin; i < row.first.end; ++i) {
      for (std::size_t j = row.second.begin; j < row.second.end; ++j) {
        float* cell =
            x_gradient + i * row.first_step + j * row.second_step + range.begin * channels;
        for (std::size_t k = range.begin; k < range.end; ++k, cell += channels) {
          for (std::size_t c = 0; c < channels; ++c) {
            cell[c] = (row.overwrite ? 0.0F : cell[c]) + part[c];
          }
        }
      }
    }
    y_gradient += channels;
  }
}

/// Calls `work(row, x's offset, y's offset)` for each row of windows of each sample.
template <class Work>
void each_row(const PoolGeometry& of, std::size_t n, std::size_t channels, Work work) {
  const std::size_t second_step = of.length(2) * channels;
  const std::size_t first_step = of.length(1) * second_step;
  const std::size_t out_step = of.ranges(2).size() * channels;
  std::size_t y = 0;
  for (std::size_t sample = 0; sample < n; ++sample) {
    for (const Range& first : of.ranges(0)) {
      for (const Range& second : of.ranges(1)) {
        work(Row{of.ranges(2), first, second, first_step, second_step, channels, of.tiles()},
             sample * of.length(0) * first_step, y);
        y += out_step;
      }
    }
  }
}

}  // namespace

PoolGeometry::PoolGeometry(const Window& window, const Window::Fit& fit, const Shape& space) {
  const std::size_t unused = 3 - space.size();
  for (std::size_t i = 0; i < unused; ++i) ranges_[i] = {{0, 1}};
  for (std::size_t axis = 0; axis < space.size(); ++axis) {
    space_[unused + axis] = space[axis];
    auto& ranges = ranges_[unused + axis];
    std::size_t covered = 0;
    for (std::size_t i = 0; i < fit.output[axis]; ++i) {
      const std::size_t begin = i * window.strides[axis];
      const std::size_t end = begin + window.span(axis);
      const std::size_t pad = fit.pads[axis];
      ranges.push_back(
          {std::max(begin, pad) - pad, std::min(end - std::min(end, pad), space[axis])});
      tiles_ = tiles_ && ranges.back().begin == covered;
      covered = ranges.back().end;
    }
    tiles_ = tiles_ && covered == space[axis];
  }
}

void max_pool(const PoolGeometry& geometry, const float* x, float* y, std::size_t n,
              std::size_t channels) {
  each_row(geometry, n, channels,
           [&](const Row& row, std::size_t in, std::size_t out) { max_row(row, x + in, y + out); });
}

void max_pool_backward(const PoolGeometry& geometry, const float* x, const float* y,
                       const float* y_gradient, float* x_gradient, float* row, std::size_t n,
                       std::size_t channels) {
  if (!geometry.tiles()) std::fill_n(x_gradient, n * geometry.cells() * channels, 0.0F);
  each_row(geometry, n, channels, [&](const Row& of, std::size_t in, std::size_t out) {
    max_row_backward(of, x + in, y + out, y_gradient + out, x_gradient + in, row);
  });
}

void average_pool(const PoolGeometry& geometry, const float* x, float* y, std::size_t n,
                  std::size_t channels) {
  each_row(geometry, n, channels, [&](const Row& row, std::size_t in, std::size_t out) {
    average_row(row, x + in, y + out);
  });
}

void average_pool_backward(const PoolGeometry& geometry, const float* y_gradient, float* x_gradient,
                           float* row, std::size_t n, std::size_t channels) {
  if (!geometry.tiles()) std::fill_n(x_gradient, n * geometry.cells() * channels, 0.0F);
  each_row(geometry, n, channels, [&](const Row& of, std::size_t in, std::size_t out) {
    average_row_backward(of, y_gradient + out, x_gradient + in, row);
  });
}

}  // namespace dk::model
