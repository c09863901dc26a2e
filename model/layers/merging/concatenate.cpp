// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/merging/concatenate.hpp"

#include "model/layers/axes.hpp"
#include "model/layers/merging/steps_mask.hpp"

#include <algorithm>

namespace dk::model {

Concatenate::Concatenate(ConfigReader& config) : axis_(config.integer("axis", -1, -64, 64)) {}

Result<std::vector<Shape>> Concatenate::build(std::span<const Shape> inputs,
                                              const BuildContext& /*context*/) {
  if (inputs.empty()) return fail(Errc::kInvalid, "takes 1 or more inputs, not 0");
  DK_TRY_ASSIGN(const std::size_t axis, sample_axis(axis_, inputs.front().size()));
  output_ = inputs.front();
  output_[axis] = 0;
  for (const Shape& input : inputs) {
    Shape expected = output_;
    if (input.size() == expected.size()) expected[axis] = input[axis];
    if (input != expected) {
      return fail(Errc::kInvalid, "inputs {} and {} differ in more than axis {}",
                  to_string(inputs.front()), to_string(input), axis_);
    }
    DK_TRY_ASSIGN(const AxisBlock block, axis_block(input, std::vector<std::int64_t>{axis_}));
    outer_ = block.outer;
    lengths_.push_back(block.size * block.inner);
    row_ += lengths_.back();
    output_[axis] += input[axis];
    DK_TRY(element_count(output_));
  }
  inputs_.assign(inputs.begin(), inputs.end());
  along_steps_ = axis == 0;
  return std::vector<Shape>{output_};
}

void Concatenate::forward(const ForwardPass& pass) {
  std::size_t first = 0;
  for (std::size_t i = 0; i < lengths_.size(); first += lengths_[i++]) {
    for (std::size_t row = 0; row < pass.n * outer_; ++row) {
      std::copy_n(pass.in(i) + row * lengths_[i], lengths_[i], pass.out() + row * row_ + first);
    }
  }
}

void Concatenate::backward(const BackwardPass& pass) {
  std::size_t first = 0;
  for (std::size_t i = 0; i < lengths_.size(); first += lengths_[i++]) {
    if (pass.in_gradient(i) == nullptr) continue;
    for (std::size_t row = 0; row < pass.n * outer_; ++row) {
      std::copy_n(pass.out_gradient() + row * row_ + first, lengths_[i],
                  pass.in_gradient(i) + row * lengths_[i]);
    }
  }
}

MaskRule Concatenate::mask_rule(std::span<const bool> masked) const {
  if (!along_steps_) return rule_of_steps_masks(masked, inputs_, output_);
  const bool any = std::find(masked.begin(), masked.end(), true) != masked.end();
  return any && output_.size() > 1 ? MaskRule::kMake : MaskRule::kDrop;
}

void Concatenate::make_mask(const ForwardPass& pass, float* mask) {
  if (!along_steps_) {
    multiply_steps_masks(pass.masks, mask, pass.n * output_.front());
    return;
  }
  for (std::size_t sample = 0; sample < pass.n; ++sample) {
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      const std::size_t steps = inputs_[i].front();
      if (pass.mask(i) == nullptr) {
        std::fill_n(mask, steps, 1.0F);
      } else {
        std::copy_n(pass.mask(i) + sample * steps, steps, mask);
      }
      mask += steps;
    }
  }
}

}  // namespace dk::model
