// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/regularization/draws.hpp"
#include "model/layers/rnn/dropout_factors.hpp"
#include "model/layers/rnn/recurrent.hpp"
#include "model/matmul.hpp"

#include <algorithm>

namespace dk::model {
namespace {

/// to = from * factors; without factors they are 1.
void write_scaled(const float* from, const float* factors, float* to, std::size_t size) {
  if (factors == nullptr) {
    std::copy_n(from, size, to);
    return;
  }
  for (std::size_t i = 0; i < size; ++i) to[i] = from[i] * factors[i];
}

}  // namespace

CellStep Recurrent::cell_step(std::span<float* const> variables, std::size_t n, std::size_t step) {
  const std::size_t row = slot(step) * n * cell_->row_floats();
  const std::size_t state = n * cell_->units();
  const bool two = cell_->states() == 2;
  CellStep at{.n = n, .variables = variables, .rows = rows_.data() + row};
  if (masked_) at.mask = mask_.data() + step * n;
  if (kept_.data() != nullptr) at.kept = kept_.data() + row;
  if (dropping_ && recurrent_dropout_ > 0) {
    at.factors = state_factors_.data();
    at.dropped = dropped_.data() + step * state;
    at.dropped_stride = steps_ * state;
  }
  at.h = h_.data() + state_slot(step) * state;
  at.new_h = h_.data() + state_slot(step + 1) * state;
  if (two) at.c = c_.data() + state_slot(step) * state;
  if (two) at.new_c = c_.data() + state_slot(step + 1) * state;
  at.h_gradient = h_gradient_.data();
  at.c_gradient = c_gradient_.data();
  return at;
}

void Recurrent::forward(const ForwardPass& pass) {
  start(pass);
  for (std::size_t step = 0; step < steps_; ++step) {
    if (step % chunk_ == 0) project_inputs(pass, step, std::min(chunk_, steps_ - step));
    cell_->forward(cell_step(pass.variables, pass.n, step));
    if (return_sequences_ || step + 1 == steps_) write_output(pass, step);
  }
  if (return_state_) write_states(pass);
}

void Recurrent::start(const ForwardPass& pass) {
  read_mask(pass.mask(), pass.n);
  draw_factors(pass);
  const std::size_t size = pass.n * cell_->units();
  float* const states[] = {h_.data(), c_.data()};
  for (std::size_t i = 0; i < cell_->states(); ++i) {
    if (pass.inputs.size() > 1) {
      std::copy_n(pass.in(1 + i), size, states[i]);
    } else {
      std::fill_n(states[i], size, 0.0F);
    }
  }
}

void Recurrent::read_mask(const float* mask, std::size_t n) {
  masked_ = mask != nullptr;
  if (!masked_) return;
  for (std::size_t sample = 0; sample < n; ++sample) {
    std::size_t first = steps_;
    for (std::size_t step = steps_; step-- > 0;) {
      const float value = mask[sample * steps_ + time_of(step)];
      mask_.data()[step * n + sample] = value;
      if (value != 0) first = step;
    }
    first_shown_[sample] = first;
  }
}

void Recurrent::draw_factors(const ForwardPass& pass) {
  dropping_ = pass.training && (dropout_ > 0 || recurrent_dropout_ > 0);
  if (!dropping_) return;
  const std::uint64_t seed = layer_stream(pass.seed, seed_);
  if (dropout_ > 0) {
    fill_dropout_factors(input_factors_.data(), input_copies() * pass.n * features_, dropout_,
                         seed_for(seed, 1));
  }
  if (recurrent_dropout_ > 0) {
    fill_dropout_factors(state_factors_.data(), cell_->gates() * pass.n * cell_->units(),
                         recurrent_dropout_, seed_for(seed, 2));
  }
}

const float* Recurrent::input_factors(std::size_t gate, std::size_t n) const {
  if (!drops_inputs()) return nullptr;
  return input_factors_.data() + (gates_apart_ ? gate * n * features_ : 0);
}

const float* Recurrent::input_copy(std::size_t gate, std::size_t n) const {
  const bool apart = gates_apart_ && drops_inputs();
  return x_.data() + (apart ? gate * steps_ * n * features_ : 0);
}

void Recurrent::gather_inputs(const float* in, std::size_t n, std::size_t first,
                              std::size_t count) {
  const std::size_t copies = drops_inputs() ? input_copies() : 1;
  for (std::size_t copy = 0; copy < copies; ++copy) {
    const float* factors = input_factors(copy, n);
    float* to = x_.data() + (copy * steps_ + slot(first)) * n * features_;
    for (std::size_t step = first; step < first + count; ++step) {
      for (std::size_t sample = 0; sample < n; ++sample, to += features_) {
        write_scaled(in + (sample * steps_ + time_of(step)) * features_,
                     factors == nullptr ? nullptr : factors + sample * features_, to, features_);
      }
    }
  }
}

void Recurrent::project_inputs(const ForwardPass& pass, std::size_t first, std::size_t count) {
  gather_inputs(pass.in(), pass.n, first, count);
  const std::size_t at = slot(first) * pass.n;
  const std::size_t units = cell_->units();
  for (const GateBlock& part : input_parts_) {
    multiply_parts({input_copy(part.first, pass.n) + at * features_, features_},
                   {pass.variables[0] + part.first * units, cell_->gates() * units},
                   {rows_.data() + at * cell_->row_floats() + part.offset, cell_->row_floats()},
                   count * pass.n, features_, part.count * units, false);
  }
}

bool Recurrent::shows_state(std::size_t sample, std::size_t step, std::size_t n) const {
  if (!masked_) return true;
  return zero_output_for_mask_ ? mask_.data()[step * n + sample] != 0
                               : step >= first_shown_[sample];
}

void Recurrent::write_output(const ForwardPass& pass, std::size_t step) const {
  const std::size_t units = cell_->units();
  const float* h = h_.data() + state_slot(step + 1) * pass.n * units;
  for (std::size_t sample = 0; sample < pass.n; ++sample) {
    float* out = pass.out() + (return_sequences_ ? sample * steps_ + step : sample) * units;
    if (shows_state(sample, step, pass.n)) {
      std::copy_n(h + sample * units, units, out);
    } else {
      std::fill_n(out, units, 0.0F);
    }
  }
}

void Recurrent::write_states(const ForwardPass& pass) const {
  const std::size_t size = pass.n * cell_->units();
  const float* const states[] = {h_.data(), c_.data()};
  for (std::size_t i = 0; i < cell_->states(); ++i) {
    std::copy_n(states[i] + state_slot(steps_) * size, size, pass.out(1 + i));
  }
}

}  // namespace dk::model
