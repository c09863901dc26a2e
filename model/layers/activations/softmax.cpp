// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/activations/softmax.hpp"

#include "base/multiversion.hpp"
#include "model/activations/vector_math.hpp"

namespace dk::model {
namespace {

/// Along the first axis of (size, inner); `sums` and `largest` have room for `inner`.
DK_MULTIVERSION void softmax_columns(const float* in, float* out, float* sums, float* largest,
                                     std::size_t size, std::size_t inner) {
  for (std::size_t i = 0; i < inner; ++i) {
    largest[i] = in[i];
    sums[i] = 0;
  }
  for (std::size_t k = 1; k < size; ++k) {
    const float* row = in + k * inner;
    for (std::size_t i = 0; i < inner; ++i) largest[i] = row[i] > largest[i] ? row[i] : largest[i];
  }
  for (std::size_t k = 0; k < size; ++k) {
    const float* row = in + k * inner;
    float* to = out + k * inner;
    for (std::size_t i = 0; i < inner; ++i) {
      to[i] = fast::exp(row[i] - largest[i]);
      sums[i] += to[i];
    }
  }
  for (std::size_t i = 0; i < inner; ++i) sums[i] = 1 / sums[i];
  for (std::size_t k = 0; k < size; ++k) {
    float* to = out + k * inner;
    for (std::size_t i = 0; i < inner; ++i) to[i] *= sums[i];
  }
}

DK_MULTIVERSION void softmax_columns_backward(const float* outputs, const float* gradient,
                                              float* in_gradient, float* sums, std::size_t size,
                                              std::size_t inner) {
  std::fill_n(sums, inner, 0.0F);
  for (std::size_t k = 0; k < size; ++k) {
    const std::size_t at = k * inner;
    for (std::size_t i = 0; i < inner; ++i) sums[i] += outputs[at + i] * gradient[at + i];
  }
  for (std::size_t k = 0; k < size; ++k) {
    const std::size_t at = k * inner;
    for (std::size_t i = 0; i < inner; ++i) {
      in_gradient[at + i] = outputs[at + i] * (gradient[at + i] - sums[i]);
    }
  }
}

}  // namespace

Softmax::Softmax(ConfigReader& config)
    : axes_(read_axes(config, "axis", {-1})), softmax_(find_activation("softmax")) {}

Result<Shape> Softmax::build(const Shape& input, const BuildContext& context) {
  DK_TRY_ASSIGN(block_, axis_block(input, axes_));
  last_axis_ = block_.inner == 1 && block_.size == input.back();
  if (block_.inner == 1) {
    DK_TRY(softmax_.plan(context.max_batch * block_.outer, block_.size, context.training));
  } else {
    DK_TRY_ASSIGN(sums_, FloatBuffer::make(2 * block_.inner));
  }
  return input;
}

Placement Softmax::placement() const {
  return {.forward_in_place = true,
          .backward_in_place = true,
          .keeps_inputs = false,
          .keeps_outputs = !softmax_.is_linear()};
}

std::size_t Softmax::workspace_floats() const {
  return softmax_.workspace_floats() + sums_.span().size();
}

bool Softmax::drop_activation(std::string_view name) {
  return last_axis_ && softmax_.drop(name);
}

void Softmax::forward(const ForwardPass& pass) {
  if (block_.inner == 1) {
    copy_unless_same(pass.in(), pass.out(), pass.n * block_.elements());
    softmax_.forward(pass.out(), nullptr, pass.n * block_.outer);
    return;
  }
  const std::size_t plane = block_.size * block_.inner;
  for (std::size_t at = 0; at < pass.n * block_.elements(); at += plane) {
    softmax_columns(pass.in() + at, pass.out() + at, sums_.data(), sums_.data() + block_.inner,
                    block_.size, block_.inner);
  }
}

void Softmax::backward(const BackwardPass& pass) {
  if (pass.in_gradient() == nullptr) return;
  if (block_.inner == 1) {
    softmax_.backward(pass.out(), pass.out_gradient(), nullptr, pass.n * block_.outer);
    copy_unless_same(pass.out_gradient(), pass.in_gradient(), pass.n * block_.elements());
    return;
  }
  const std::size_t plane = block_.size * block_.inner;
  for (std::size_t at = 0; at < pass.n * block_.elements(); at += plane) {
    softmax_columns_backward(pass.out() + at, pass.out_gradient() + at, pass.in_gradient() + at,
                             sums_.data(), block_.size, block_.inner);
  }
}

}  // namespace dk::model
