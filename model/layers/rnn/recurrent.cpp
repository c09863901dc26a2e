// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/rnn/recurrent.hpp"

#include <algorithm>

namespace dk::model {
namespace {

/// So many rows are multiplied at once, that they are still in the cache when their step comes.
constexpr std::size_t kRowsAtOnce = 512;

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

}  // namespace dk::model
