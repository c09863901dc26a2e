// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/rnn/recurrent.hpp"
#include "model/matmul.hpp"

#include <algorithm>

namespace dk::model {
namespace {

/// to = from * factors, or added to; without factors they are 1.
void write_scaled(const float* from, const float* factors, float* to, std::size_t size, bool add) {
  for (std::size_t i = 0; i < size; ++i) {
    const float value = factors == nullptr ? from[i] : from[i] * factors[i];
    to[i] = add ? to[i] + value : value;
  }
}

}  // namespace

void Recurrent::backward(const BackwardPass& pass) {
  start_gradients(pass);
  for (std::size_t step = steps_; step-- > 0;) {
    if (return_sequences_ || step + 1 == steps_) add_output_gradient(pass, step);
    cell_->backward(cell_step(pass.variables, pass.n, step));
  }
  float* const states[] = {h_gradient_.data(), c_gradient_.data()};
  for (std::size_t i = 1; i < pass.in_gradients.size(); ++i) {
    if (pass.in_gradient(i) == nullptr) continue;
    std::copy_n(states[i - 1], pass.n * cell_->units(), pass.in_gradient(i));
  }
  CellStep all = cell_step(pass.variables, pass.n, 0);
  all.n = steps_ * pass.n;
  cell_->variable_gradients(all, pass.gradients);
  if (pass.gradients[0] != nullptr) kernel_gradient(pass);
  if (pass.in_gradient() != nullptr) input_gradient(pass);
}

void Recurrent::start_gradients(const BackwardPass& pass) {
  const std::size_t size = pass.n * cell_->units();
  float* const states[] = {h_gradient_.data(), c_gradient_.data()};
  for (std::size_t i = 0; i < cell_->states(); ++i) {
    const float* given = return_state_ ? pass.out_gradient(1 + i) : nullptr;
    if (given != nullptr) {
      std::copy_n(given, size, states[i]);
    } else {
      std::fill_n(states[i], size, 0.0F);
    }
  }
}

void Recurrent::add_output_gradient(const BackwardPass& pass, std::size_t step) {
  if (pass.out_gradient() == nullptr) return;
  const std::size_t units = cell_->units();
  for (std::size_t sample = 0; sample < pass.n; ++sample) {
    if (!shows_state(sample, step, pass.n)) continue;
    const std::size_t row = return_sequences_ ? sample * steps_ + step : sample;
    write_scaled(pass.out_gradient() + row * units, nullptr, h_gradient_.data() + sample * units,
                 units, true);
  }
}

void Recurrent::kernel_gradient(const BackwardPass& pass) const {
  const std::size_t units = cell_->units();
  const std::size_t width = cell_->gates() * units;
  for (const GateBlock& part : input_parts_) {
    kernel_gradient_parts({input_copy(part.first, pass.n), features_},
                          {rows_.data() + part.offset, cell_->row_floats()},
                          {pass.gradients[0] + part.first * units, width}, steps_ * pass.n,
                          features_, part.count * units, false);
  }
}

void Recurrent::input_gradient(const BackwardPass& pass) {
  const std::size_t units = cell_->units();
  for (std::size_t first = 0; first < steps_; first += chunk_) {
    const std::size_t count = std::min(chunk_, steps_ - first);
    const float* rows = rows_.data() + first * pass.n * cell_->row_floats();
    for (std::size_t i = 0; i < input_parts_.size(); ++i) {
      const GateBlock& part = input_parts_[i];
      input_gradient_parts({rows + part.offset, cell_->row_floats()},
                           {pass.variables[0] + part.first * units, cell_->gates() * units},
                           {x_gradient_.data(), features_}, count * pass.n, features_,
                           part.count * units, !gates_apart_ && i > 0);
      if (!gates_apart_ && i + 1 < input_parts_.size()) continue;
      scatter_gradient(pass, first, count, input_factors(part.first, pass.n),
                       gates_apart_ && i > 0);
    }
  }
}

void Recurrent::scatter_gradient(const BackwardPass& pass, std::size_t first, std::size_t count,
                                 const float* factors, bool add) const {
  const float* from = x_gradient_.data();
  for (std::size_t step = first; step < first + count; ++step) {
    for (std::size_t sample = 0; sample < pass.n; ++sample, from += features_) {
      float* to = pass.in_gradient() + (sample * steps_ + time_of(step)) * features_;
      write_scaled(from, factors == nullptr ? nullptr : factors + sample * features_, to, features_,
                   add);
    }
  }
}

}  // namespace dk::model
