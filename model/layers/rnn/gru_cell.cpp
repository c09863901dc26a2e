// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/rnn/gru_cell.hpp"

#include "base/multiversion.hpp"
#include "model/matmul.hpp"

#include <algorithm>

namespace dk::model {
namespace {

DK_MULTIVERSION void multiply_each(const float* a, const float* b, float* product,
                                   std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) product[i] = a[i] * b[i];
}

DK_MULTIVERSION void add_product(const float* a, const float* b, float* sum, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) sum[i] += a[i] * b[i];
}

DK_MULTIVERSION void add(const float* a, const float* b, float* sum, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) sum[i] = a[i] + b[i];
}

/// new_h = z * h + (1 - z) * g
DK_MULTIVERSION void blend(const float* row, const float* h, float* new_h, std::size_t units) {
  const float* g = row;
  const float* z = row + units;
  for (std::size_t k = 0; k < units; ++k) new_h[k] = g[k] + z[k] * (h[k] - g[k]);
}

DK_MULTIVERSION void blend_back(const float* row, const float* h, float* h_gradient,
                                float* g_gradient, float* z_gradient, std::size_t units) {
  const float* g = row;
  const float* z = row + units;
  for (std::size_t k = 0; k < units; ++k) {
    const float gradient = h_gradient[k];
    z_gradient[k] = gradient * (h[k] - g[k]);
    g_gradient[k] = gradient * (1 - z[k]);
    h_gradient[k] = gradient * z[k];
  }
}

}  // namespace

GruCell::GruCell(ConfigReader& config)
    : RecurrentCell(config, 3, 1),
      recurrent_activation_(read_activation(config, "recurrent_activation", "sigmoid")),
      reset_after_(config.boolean("reset_after", true)),
      input_blocks_{{0, 2, units_}, {2, 1, 0}} {
  blocks_ = {{0, reset_after_ ? std::size_t{3} : std::size_t{2}, units_}};
}

nlohmann::json GruCell::config() const {
  auto config = RecurrentCell::config();
  config["recurrent_activation"] = recurrent_activation_.name();
  config["reset_after"] = reset_after_;
  return config;
}

std::vector<VariableSpec> GruCell::variables(std::size_t features) const {
  auto variables = RecurrentCell::variables(features);
  if (use_bias_ && reset_after_) variables[2].shape = {2, 3 * units_};
  return variables;
}

bool GruCell::keeps_input() const {
  return RecurrentCell::keeps_input() || recurrent_activation_.activation().keeps_input;
}

void GruCell::forward(const CellStep& step) {
  if (reset_after_) {
    for (std::size_t sample = 0; sample < step.n; ++sample) {
      std::fill_n(row(step, sample) + 3 * units_, units_, 0.0F);
    }
  }
  add_recurrent(step, blocks_[0]);
  forward_gates(step);
  if (!reset_after_) {
    multiply_parts({step.rows + 3 * units_, row_floats()},
                   {step.variables[1] + 2 * units_, 3 * units_}, {step.rows, row_floats()}, step.n,
                   units_, units_, true);
  }
  forward_candidate(step);
}

void GruCell::forward_gates(const CellStep& step) {
  float* both = scratch_.data();
  const float* gates_bias = bias(step, 0);
  const float* candidate_bias = nullptr;
  if (use_bias_ && reset_after_) {
    add(gates_bias, bias(step, 3), both, 2 * units_);
    gates_bias = both;
    candidate_bias = bias(step, 5);
  }
  const float* state = step.h;
  if (!reset_after_ && step.factors != nullptr) {
    multiply_each(step.h, step.factors + 2 * step.n * units_,
                  step.dropped + 2 * step.dropped_stride, step.n * units_);
    state = seen_state(step, 2);
  }
  for (std::size_t sample = 0; sample < step.n; ++sample) {
    float* z = row(step, sample) + units_;
    float* r = z + units_;
    float* last = r + units_;
    for (std::size_t gate = 0; gate < 2; ++gate) {
      const float* gate_bias = gates_bias == nullptr ? nullptr : gates_bias + gate * units_;
      apply(recurrent_activation_, z + gate * units_, gate_bias,
            kept(step, sample, (1 + gate) * units_), units_);
    }
    if (!reset_after_) {
      multiply_each(r, state + sample * units_, last, units_);
    } else if (candidate_bias != nullptr) {
      add(last, candidate_bias, last, units_);
    }
  }
}

void GruCell::forward_candidate(const CellStep& step) {
  for (std::size_t sample = 0; sample < step.n; ++sample) {
    const std::size_t at = sample * units_;
    if (is_masked(step, sample)) {
      std::copy_n(step.h + at, units_, step.new_h + at);
      continue;
    }
    float* g = row(step, sample);
    if (reset_after_) add_product(g + 2 * units_, g + 3 * units_, g, units_);
    apply(activation_, g, bias(step, 2), kept(step, sample, 0), units_);
    blend(g, step.h + at, step.new_h + at, units_);
  }
}

void GruCell::backward(const CellStep& step) {
  backward_candidate(step);
  if (!reset_after_) {
    input_gradient_parts({step.rows, row_floats()}, {step.variables[1] + 2 * units_, 3 * units_},
                         {scratch_.data(), units_}, step.n, units_, units_, false);
  }
  backward_gates(step);
  add_state_gradient(step, blocks_[0]);
}

void GruCell::backward_candidate(const CellStep& step) {
  float* z_gradient = scratch_.data();
  float* g_gradient = z_gradient + units_;
  for (std::size_t sample = 0; sample < step.n; ++sample) {
    float* g = row(step, sample);
    float* z = g + units_;
    if (is_masked(step, sample)) {
      std::fill_n(g, row_floats(), 0.0F);
      continue;
    }
    const std::size_t at = sample * units_;
    blend_back(g, step.h + at, step.h_gradient + at, g_gradient, z_gradient, units_);
    apply_back(activation_, g, kept(step, sample, 0), g_gradient, units_);
    apply_back(recurrent_activation_, z, kept(step, sample, units_), z_gradient, units_);
    std::copy_n(g_gradient, units_, g);
    std::copy_n(z_gradient, units_, z);
  }
}

void GruCell::backward_gates(const CellStep& step) {
  // Without reset_after the gradients by r * h are in front of the scratch rows.
  float* r_gradient = scratch_.data() + (reset_after_ ? 0 : step.n * units_);
  for (std::size_t sample = 0; sample < step.n; ++sample) {
    if (is_masked(step, sample)) continue;
    float* g = row(step, sample);
    float* r = g + 2 * units_;
    float* last = g + 3 * units_;
    const std::size_t at = sample * units_;
    if (reset_after_) {
      multiply_each(g, last, r_gradient, units_);
      multiply_each(g, r, last, units_);
    } else {
      float* through = scratch_.data() + at;
      multiply_each(through, seen_state(step, 2) + at, r_gradient, units_);
      if (step.factors != nullptr) {
        multiply_each(through, step.factors + 2 * step.n * units_ + at, through, units_);
      }
      add_product(through, r, step.h_gradient + at, units_);
    }
    apply_back(recurrent_activation_, r, kept(step, sample, 2 * units_), r_gradient, units_);
    std::copy_n(r_gradient, units_, r);
  }
}

void GruCell::variable_gradients(const CellStep& steps, std::span<float* const> gradients) {
  if (gradients[1] != nullptr) {
    recurrent_gradient(steps, blocks_[0], gradients[1]);
    if (!reset_after_) {
      kernel_gradient_parts({steps.rows + 3 * units_, row_floats()}, {steps.rows, row_floats()},
                            {gradients[1] + 2 * units_, 3 * units_}, steps.n, units_, units_,
                            false);
    }
  }
  if (!use_bias_ || gradients[2] == nullptr) return;
  column_sums(steps.rows + units_, steps.n, row_floats(), 2 * units_, gradients[2]);
  column_sums(steps.rows, steps.n, row_floats(), units_, gradients[2] + 2 * units_);
  if (reset_after_) {
    column_sums(steps.rows + units_, steps.n, row_floats(), 3 * units_, gradients[2] + 3 * units_);
  }
}

}  // namespace dk::model
