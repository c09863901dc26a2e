// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/rnn/lstm_cell.hpp"

#include "base/multiversion.hpp"

#include <algorithm>

namespace dk::model {
namespace {

/// new_c = f * c + i * g, twice
DK_MULTIVERSION void next_cell_state(const float* row, const float* c, float* new_c, float* out,
                                     std::size_t units) {
  const float* i = row;
  const float* f = row + units;
  const float* g = row + 2 * units;
  for (std::size_t k = 0; k < units; ++k) {
    const float value = f[k] * c[k] + i[k] * g[k];
    new_c[k] = value;
    out[k] = value;
  }
}

DK_MULTIVERSION void multiply_by(const float* factors, float* values, std::size_t units) {
  for (std::size_t k = 0; k < units; ++k) values[k] *= factors[k];
}

/// From h' = o * t, t = f(c'): the gradients by o and t; that by h' has come down to the rows now.
DK_MULTIVERSION void split_output_gradient(const float* o, const float* t, float* h_gradient,
                                           float* o_gradient, float* t_gradient,
                                           std::size_t units) {
  for (std::size_t k = 0; k < units; ++k) {
    o_gradient[k] = h_gradient[k] * t[k];
    t_gradient[k] = h_gradient[k] * o[k];
    h_gradient[k] = 0;
  }
}

/// From c' = f * c + i * g.
DK_MULTIVERSION void split_cell_gradient(const float* row, const float* c, const float* through_h,
                                         float* c_gradient, float* gates, std::size_t units) {
  const float* i = row;
  const float* f = row + units;
  const float* g = row + 2 * units;
  for (std::size_t k = 0; k < units; ++k) {
    const float gradient = c_gradient[k] + through_h[k];
    gates[k] = gradient * g[k];
    gates[units + k] = gradient * c[k];
    gates[2 * units + k] = gradient * i[k];
    c_gradient[k] = gradient * f[k];
  }
}

}  // namespace

LstmCell::LstmCell(ConfigReader& config)
    : RecurrentCell(config, 4, 2),
      recurrent_activation_(read_activation(config, "recurrent_activation", "sigmoid")),
      unit_forget_bias_(config.boolean("unit_forget_bias", true)) {}

nlohmann::json LstmCell::config() const {
  auto config = RecurrentCell::config();
  config["recurrent_activation"] = recurrent_activation_.name();
  config["unit_forget_bias"] = unit_forget_bias_;
  return config;
}

std::vector<VariableSpec> LstmCell::variables(std::size_t features) const {
  auto variables = RecurrentCell::variables(features);
  if (use_bias_ && unit_forget_bias_) {
    variables[2].initializer.ones_begin = units_;
    variables[2].initializer.ones_end = 2 * units_;
  }
  return variables;
}

bool LstmCell::keeps_input() const {
  return RecurrentCell::keeps_input() || recurrent_activation_.activation().keeps_input;
}

void LstmCell::forward(const CellStep& step) {
  add_recurrent(step, blocks_[0]);
  for (std::size_t sample = 0; sample < step.n; ++sample) {
    if (is_masked(step, sample)) {
      std::copy_n(step.h + sample * units_, units_, step.new_h + sample * units_);
      std::copy_n(step.c + sample * units_, units_, step.new_c + sample * units_);
    } else {
      forward_sample(step, sample);
    }
  }
}

void LstmCell::forward_sample(const CellStep& step, std::size_t sample) {
  float* row = step.rows + sample * row_floats();
  float* kept = step.kept == nullptr ? nullptr : step.kept + sample * row_floats();
  for (std::size_t gate = 0; gate < gates_; ++gate) {
    const auto& function = gate == 2 ? activation_ : recurrent_activation_;
    const std::size_t at = gate * units_;
    apply(function, row + at, bias(step, gate), kept == nullptr ? nullptr : kept + at, units_);
  }
  const std::size_t at = sample * units_;
  next_cell_state(row, step.c + at, step.new_c + at, step.new_h + at, units_);
  apply(activation_, step.new_h + at, nullptr, nullptr, units_);
  multiply_by(row + 3 * units_, step.new_h + at, units_);
}

void LstmCell::backward(const CellStep& step) {
  for (std::size_t sample = 0; sample < step.n; ++sample) {
    if (is_masked(step, sample)) {
      std::fill_n(step.rows + sample * row_floats(), row_floats(), 0.0F);
    } else {
      backward_sample(step, sample);
    }
  }
  add_state_gradient(step, blocks_[0]);
}

void LstmCell::backward_sample(const CellStep& step, std::size_t sample) {
  float* row = step.rows + sample * row_floats();
  float* kept = step.kept == nullptr ? nullptr : step.kept + sample * row_floats();
  const std::size_t at = sample * units_;
  float* t = scratch_.data();
  float* t_input = t + units_;
  float* t_gradient = t + 2 * units_;
  float* gates = t + 3 * units_;
  std::copy_n(step.new_c + at, units_, t);
  apply(activation_, t, nullptr, t_input, units_);
  split_output_gradient(row + 3 * units_, t, step.h_gradient + at, gates + 3 * units_, t_gradient,
                        units_);
  apply_back(activation_, t, t_input, t_gradient, units_);
  split_cell_gradient(row, step.c + at, t_gradient, step.c_gradient + at, gates, units_);
  for (std::size_t gate = 0; gate < gates_; ++gate) {
    const auto& function = gate == 2 ? activation_ : recurrent_activation_;
    const std::size_t place = gate * units_;
    apply_back(function, row + place, kept == nullptr ? nullptr : kept + place, gates + place,
               units_);
  }
  std::copy_n(gates, row_floats(), row);
}

}  // namespace dk::model
