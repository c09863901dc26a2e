// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/rnn/recurrent.hpp"

#include "model/layers/regularization/draws.hpp"
#include "model/layers/rnn/dropout_factors.hpp"
#include "model/matmul.hpp"

#include <algorithm>

namespace dk::model {
namespace {

/// So many rows are multiplied at once, that they are still in the cache when their step comes.
constexpr std::size_t kRowsAtOnce = 512;

/// to (+)= from * factors
void write_scaled(const float* from, const float* factors, float* to, std::size_t size, bool add) {
  if (factors == nullptr && !add) {
    std::copy_n(from, size, to);
    return;
  }
  for (std::size_t i = 0; i < size; ++i) {
    const float value = factors == nullptr ? from[i] : from[i] * factors[i];
    to[i] = add ? to[i] + value : value;
  }
}

}  // namespace

Recurrent::Recurrent(ConfigReader& config, ConfigReader& cell_config,
                     std::unique_ptr<RecurrentCell> cell)
    : cell_(std::move(cell)),
      as_rnn_(&config != &cell_config),
      dropout_(cell_config.number("dropout", 0, 0, 1)),
      recurrent_dropout_(cell_config.number("recurrent_dropout", 0, 0, 1)),
      implementation_(cell_config.integer("implementation", 2, 0, 2)),
      seed_(cell_config.seed()),
      return_sequences_(config.boolean("return_sequences", false)),
      return_state_(config.boolean("return_state", false)),
      go_backwards_(config.boolean("go_backwards", false)),
      zero_output_for_mask_(config.boolean("zero_output_for_mask", false)) {
  config.only("stateful", false);
  config.only("time_major", false);
  config.ignore({"unroll", "use_cudnn", "input_dim", "input_length"});
}

nlohmann::json Recurrent::config() const {
  auto cell = cell_->config();
  cell["dropout"] = dropout_;
  cell["recurrent_dropout"] = recurrent_dropout_;
  if (implementation_ != 2) cell["implementation"] = implementation_;
  if (seed_) cell["seed"] = *seed_;
  nlohmann::json config;
  if (as_rnn_) {
    config["cell"] = {{"class_name", fmt::format("{}Cell", cell_->name())},
                      {"config", std::move(cell)}};
  } else {
    config = std::move(cell);
  }
  config["return_sequences"] = return_sequences_;
  config["return_state"] = return_state_;
  config["go_backwards"] = go_backwards_;
  if (zero_output_for_mask_) config["zero_output_for_mask"] = true;
  return config;
}

Result<void> Recurrent::check_inputs(std::span<const Shape> inputs) const {
  const std::size_t states = cell_->states();
  if (inputs.size() != 1 && inputs.size() != 1 + states) {
    return fail(Errc::kInvalid, "takes one input, or {} with the first states, not {}", 1 + states,
                inputs.size());
  }
  if (inputs[0].size() != 2) {
    return fail(Errc::kInvalid, "needs an input of (steps, features), not {}",
                to_string(inputs[0]));
  }
  const Shape state{cell_->units()};
  for (const Shape& shape : inputs.subspan(1)) {
    if (shape != state) {
      return fail(Errc::kInvalid, "a first state is {}, not {}", to_string(state),
                  to_string(shape));
    }
  }
  return {};
}

Result<std::vector<Shape>> Recurrent::build(std::span<const Shape> inputs,
                                            const BuildContext& context) {
  DK_TRY(check_inputs(inputs));
  steps_ = inputs[0][0];
  features_ = inputs[0][1];
  max_batch_ = context.max_batch;
  const Shape state{cell_->units()};
  std::vector<Shape> outputs{state};
  if (return_sequences_) outputs[0] = {steps_, cell_->units()};
  for (std::size_t i = 0; return_state_ && i < cell_->states(); ++i) outputs.push_back(state);
  for (const Shape& shape : outputs) DK_TRY(element_count(shape));
  DK_TRY(element_count({steps_, cell_->row_floats()}));
  DK_TRY(element_count({std::max(features_, cell_->units()), cell_->gates() * cell_->units()}));
  DK_TRY(allocate(context.training));
  return outputs;
}

Result<void> Recurrent::allocate(bool training) {
  keeps_ = training;
  chunk_ = std::clamp(kRowsAtOnce / max_batch_, std::size_t{1}, steps_);
  const bool per_gate = implementation_ != 2 || recurrent_dropout_ > 0;
  gates_apart_ = training && dropout_ > 0 && per_gate && cell_->gates() > 1;
  input_parts_.clear();
  for (const GateBlock& block : cell_->input_blocks()) {
    const std::size_t each = gates_apart_ ? 1 : block.count;
    for (std::size_t i = 0; i < block.count; i += each) {
      input_parts_.push_back({block.first + i, each, block.offset + i * cell_->units()});
    }
  }
  const std::size_t steps = (training ? steps_ : chunk_) * max_batch_;
  const std::size_t states = (training ? steps_ + 1 : 2) * max_batch_ * cell_->units();
  DK_TRY(cell_->plan(max_batch_));
  DK_TRY_ASSIGN(x_, FloatBuffer::make(steps * features_ * input_copies()));
  DK_TRY_ASSIGN(rows_, FloatBuffer::make(steps * cell_->row_floats()));
  DK_TRY_ASSIGN(h_, FloatBuffer::make(states));
  if (cell_->states() == 2) {
    DK_TRY_ASSIGN(c_, FloatBuffer::make(states));
  }
  DK_TRY_ASSIGN(mask_, FloatBuffer::make(steps_ * max_batch_));
  first_shown_.assign(max_batch_, 0);
  if (!training) return {};
  const std::size_t state = max_batch_ * cell_->units();
  if (cell_->keeps_input()) {
    DK_TRY_ASSIGN(kept_, FloatBuffer::make(steps * cell_->row_floats()));
  }
  DK_TRY_ASSIGN(h_gradient_, FloatBuffer::make(state));
  if (cell_->states() == 2) {
    DK_TRY_ASSIGN(c_gradient_, FloatBuffer::make(state));
  }
  DK_TRY_ASSIGN(x_gradient_, FloatBuffer::make(chunk_ * max_batch_ * features_));
  return allocate_dropout();
}

Result<void> Recurrent::allocate_dropout() {
  if (dropout_ > 0) {
    DK_TRY_ASSIGN(input_factors_, FloatBuffer::make(input_copies() * max_batch_ * features_));
  }
  if (recurrent_dropout_ > 0) {
    const std::size_t states = cell_->gates() * max_batch_ * cell_->units();
    DK_TRY_ASSIGN(state_factors_, FloatBuffer::make(states));
    DK_TRY_ASSIGN(dropped_, FloatBuffer::make(steps_ * states));
  }
  return {};
}

std::vector<VariableSpec> Recurrent::variables() const {
  return cell_->variables(features_);
}

Placement Recurrent::placement() const {
  return {.keeps_inputs = false, .keeps_outputs = false};
}

std::size_t Recurrent::workspace_floats() const {
  std::size_t floats = cell_->workspace_floats();
  for (const FloatBuffer* buffer :
       {&x_, &rows_, &kept_, &h_, &c_, &mask_, &input_factors_, &state_factors_, &dropped_,
        &h_gradient_, &c_gradient_, &x_gradient_}) {
    floats += buffer->span().size();
  }
  return floats;
}

MaskRule Recurrent::mask_rule(std::span<const bool> masked) const {
  if (!return_sequences_ || masked.empty() || !masked[0]) return MaskRule::kDrop;
  return return_state_ ? MaskRule::kMake : MaskRule::kPass;
}

void Recurrent::make_mask(const ForwardPass& pass, float* mask) {
  std::copy_n(pass.mask(), pass.n * steps_, mask);
}

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
                     factors == nullptr ? nullptr : factors + sample * features_, to, features_,
                     false);
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
