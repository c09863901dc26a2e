// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/rnn/simple_rnn_cell.hpp"

#include <algorithm>

namespace dk::model {

void SimpleRnnCell::forward(const CellStep& step) {
  add_recurrent(step, blocks_[0]);
  for (std::size_t sample = 0; sample < step.n; ++sample) {
    const std::size_t at = sample * units_;
    float* row = step.rows + at;
    if (is_masked(step, sample)) {
      std::copy_n(step.h + at, units_, step.new_h + at);
      continue;
    }
    apply(activation_, row, bias(step, 0), step.kept == nullptr ? nullptr : step.kept + at, units_);
    std::copy_n(row, units_, step.new_h + at);
  }
}

void SimpleRnnCell::backward(const CellStep& step) {
  for (std::size_t sample = 0; sample < step.n; ++sample) {
    const std::size_t at = sample * units_;
    float* row = step.rows + at;
    float* gradient = step.h_gradient + at;
    if (is_masked(step, sample)) {
      std::fill_n(row, units_, 0.0F);
      continue;
    }
    apply_back(activation_, row, step.kept == nullptr ? nullptr : step.kept + at, gradient, units_);
    std::copy_n(gradient, units_, row);
    std::fill_n(gradient, units_, 0.0F);
  }
  add_state_gradient(step, blocks_[0]);
}

}  // namespace dk::model
