// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/merging/merge.hpp"

#include "model/layers/merging/steps_mask.hpp"

#include <algorithm>

namespace dk::model {

Result<std::vector<Shape>> Merge::build(std::span<const Shape> inputs,
                                        const BuildContext& context) {
  if (inputs.empty() || (operation_.inputs != 0 && inputs.size() != operation_.inputs)) {
    return fail(Errc::kInvalid, "takes {} inputs, not {}",
                operation_.inputs == 0 ? "1 or more" : std::to_string(operation_.inputs),
                inputs.size());
  }
  inputs_.assign(inputs.begin(), inputs.end());
  DK_TRY_ASSIGN(output_, broadcast_shape(inputs));
  DK_TRY_ASSIGN(size_, element_count(output_));
  for (const Shape& shape : inputs) {
    broadcasts_.emplace_back(shape, output_);
    const bool repeated = !broadcasts_.back().is_identity();
    same_shapes_ &= !repeated;
    DK_TRY_ASSIGN(auto buffer, FloatBuffer::make(repeated ? context.max_batch * size_ : 0));
    buffers_.push_back(std::move(buffer));
  }
  wide_.resize(inputs.size());
  if (!same_shapes_ && context.training) {
    DK_TRY_ASSIGN(wide_gradient_, FloatBuffer::make(context.max_batch * size_));
  }
  return std::vector<Shape>{output_};
}

Placement Merge::placement() const {
  const bool in_place = broadcasts_.front().is_identity();
  return {.forward_in_place = in_place,
          .backward_in_place = in_place && !operation_.keeps_inputs,
          .keeps_inputs = operation_.keeps_inputs,
          .keeps_outputs = operation_.keeps_outputs};
}

std::size_t Merge::workspace_floats() const {
  std::size_t floats = wide_gradient_.span().size();
  for (const FloatBuffer& buffer : buffers_) floats += buffer.span().size();
  return floats;
}

void Merge::widen(std::span<const float* const> inputs, std::size_t n) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    wide_[i] = inputs[i];
    if (broadcasts_[i].is_identity()) continue;
    broadcasts_[i].expand(inputs[i], buffers_[i].data(), n);
    wide_[i] = buffers_[i].data();
  }
}

void Merge::forward(const ForwardPass& pass) {
  widen(pass.inputs, pass.n);
  operation_.forward(wide_, pass.out(), pass.n * size_);
}

void Merge::backward(const BackwardPass& pass) {
  const std::size_t size = pass.n * size_;
  const bool keeps = operation_.keeps_inputs;
  if (keeps) widen(pass.inputs, pass.n);
  for (std::size_t k = 0; k < wide_.size(); ++k) {
    const std::size_t i = keeps ? k : wide_.size() - 1 - k;
    float* const in_gradient = pass.in_gradients[i];
    if (!keeps && in_gradient == nullptr) continue;
    const bool repeated = !broadcasts_[i].is_identity();
    float* const to = repeated && in_gradient != nullptr ? wide_gradient_.data() : in_gradient;
    operation_.backward(wide_, operation_.keeps_outputs ? pass.out() : nullptr, pass.out_gradient(),
                        to, i, size);
    if (repeated && in_gradient != nullptr) broadcasts_[i].sum(to, in_gradient, pass.n);
  }
}

MaskRule Merge::mask_rule(std::span<const bool> masked) const {
  return rule_of_steps_masks(masked, inputs_, output_);
}

void Merge::make_mask(const ForwardPass& pass, float* mask) {
  multiply_steps_masks(pass.masks, mask, pass.n * output_.front());
}

Shape Merge::mask_shape() const {
  return {output_.front()};
}

}  // namespace dk::model
