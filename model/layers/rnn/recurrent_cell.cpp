// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/rnn/recurrent_cell.hpp"

#include "base/multiversion.hpp"
#include "model/matmul.hpp"

#include <algorithm>

namespace dk::model {
namespace {

DK_MULTIVERSION void add_product(const float* a, const float* b, float* sum, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) sum[i] += a[i] * b[i];
}

DK_MULTIVERSION void multiply_each(const float* a, const float* b, float* product,
                                   std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) product[i] = a[i] * b[i];
}

}  // namespace

void apply(const ActivationStage& activation, float* values, const float* bias, float* kept,
           std::size_t units) {
  activation.activation().forward(values, bias, kept, 1, units);
}

void apply_back(const ActivationStage& activation, const float* outputs, const float* kept,
                float* gradient, std::size_t units) {
  activation.activation().backward(outputs, kept, gradient, nullptr, 1, units);
}

DK_MULTIVERSION void column_sums(const float* rows, std::size_t n, std::size_t stride,
                                 std::size_t width, float* sums) {
  std::fill_n(sums, width, 0.0F);
  for (std::size_t row = 0; row < n; ++row) {
    const float* values = rows + row * stride;
    for (std::size_t i = 0; i < width; ++i) sums[i] += values[i];
  }
}

RecurrentCell::RecurrentCell(ConfigReader& config, std::size_t gates, std::size_t states)
    : units_(config.count("units")),
      gates_(gates),
      states_(states),
      use_bias_(config.boolean("use_bias", true)),
      activation_(read_activation(config, "activation", "tanh")),
      kernel_(VariableConfig::read(config, "kernel", "glorot_uniform")),
      recurrent_(VariableConfig::read(config, "recurrent", "orthogonal")),
      bias_(VariableConfig::read(config, "bias", "zeros")),
      blocks_{{0, gates, 0}} {}

nlohmann::json RecurrentCell::config() const {
  nlohmann::json config{
      {"units", units_}, {"activation", activation_.name()}, {"use_bias", use_bias_}};
  kernel_.write(config, "kernel");
  recurrent_.write(config, "recurrent");
  bias_.write(config, "bias");
  return config;
}

std::vector<VariableSpec> RecurrentCell::variables(std::size_t features) const {
  const std::size_t width = gates_ * units_;
  std::vector<VariableSpec> variables{kernel_.spec("kernel", {features, width}, "cell"),
                                      recurrent_.spec("recurrent_kernel", {units_, width}, "cell")};
  if (use_bias_) variables.push_back(bias_.spec("bias", {width}, "cell"));
  return variables;
}

Result<void> RecurrentCell::plan(std::size_t max_batch) {
  constexpr std::size_t kRows = 8;
  DK_TRY_ASSIGN(scratch_, FloatBuffer::make((max_batch + kRows) * units_));
  return {};
}

const float* RecurrentCell::seen_state(const CellStep& step, std::size_t gate) const {
  return step.factors == nullptr ? step.h : step.dropped + gate * step.dropped_stride;
}

const float* RecurrentCell::bias(const CellStep& step, std::size_t gate) const {
  return use_bias_ ? step.variables[2] + gate * units_ : nullptr;
}

void RecurrentCell::add_recurrent(const CellStep& step, const GateBlock& block) const {
  const std::size_t each = step.factors == nullptr ? block.count : 1;
  for (std::size_t i = 0; i < block.count; i += each) {
    const std::size_t gate = block.first + i;
    if (step.factors != nullptr) {
      multiply_each(step.h, step.factors + gate * step.n * units_,
                    step.dropped + gate * step.dropped_stride, step.n * units_);
    }
    multiply_parts(
        {seen_state(step, gate), units_}, {step.variables[1] + gate * units_, gates_ * units_},
        {step.rows + block.offset + i * units_, row_floats()}, step.n, units_, each * units_, true);
  }
}

void RecurrentCell::add_state_gradient(const CellStep& step, const GateBlock& block) {
  const std::size_t each = step.factors == nullptr ? block.count : 1;
  for (std::size_t i = 0; i < block.count; i += each) {
    const std::size_t gate = block.first + i;
    const bool dropped = step.factors != nullptr;
    float* gradient = dropped ? scratch_.data() : step.h_gradient;
    input_gradient_parts({step.rows + block.offset + i * units_, row_floats()},
                         {step.variables[1] + gate * units_, gates_ * units_}, {gradient, units_},
                         step.n, units_, each * units_, !dropped);
    if (dropped) {
      add_product(gradient, step.factors + gate * step.n * units_, step.h_gradient,
                  step.n * units_);
    }
  }
}

void RecurrentCell::recurrent_gradient(const CellStep& steps, const GateBlock& block,
                                       float* gradient) const {
  const std::size_t each = steps.factors == nullptr ? block.count : 1;
  for (std::size_t i = 0; i < block.count; i += each) {
    const std::size_t gate = block.first + i;
    kernel_gradient_parts(
        {seen_state(steps, gate), units_}, {steps.rows + block.offset + i * units_, row_floats()},
        {gradient + gate * units_, gates_ * units_}, steps.n, units_, each * units_, false);
  }
}

void RecurrentCell::variable_gradients(const CellStep& steps, std::span<float* const> gradients) {
  if (gradients[1] != nullptr) recurrent_gradient(steps, blocks_[0], gradients[1]);
  if (use_bias_ && gradients[2] != nullptr) {
    column_sums(steps.rows, steps.n, row_floats(), row_floats(), gradients[2]);
  }
}

}  // namespace dk::model
