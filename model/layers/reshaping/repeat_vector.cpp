// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/reshaping/repeat_vector.hpp"

#include "base/multiversion.hpp"

#include <algorithm>

namespace dk::model {
namespace {

/// out (n, width) = the sum over the middle axis of in (n, times, width).
DK_MULTIVERSION void sum_rows(const float* in, float* out, std::size_t n, std::size_t times,
                              std::size_t width) {
  for (std::size_t sample = 0; sample < n; ++sample) {
    float* sum = out + sample * width;
    std::copy_n(in + sample * times * width, width, sum);
    for (std::size_t row = 1; row < times; ++row) {
      const float* from = in + (sample * times + row) * width;
      for (std::size_t i = 0; i < width; ++i) sum[i] += from[i];
    }
  }
}

}  // namespace

Result<Shape> RepeatVector::build(const Shape& input, const BuildContext& /*context*/) {
  if (input.size() != 1) {
    return fail(Errc::kInvalid, "needs an input of one axis, not {}", to_string(input));
  }
  features_ = input[0];
  return Shape{times_, features_};
}

void RepeatVector::forward(const ForwardPass& pass) {
  for (std::size_t row = 0; row < pass.n * times_; ++row) {
    std::copy_n(pass.in() + row / times_ * features_, features_, pass.out() + row * features_);
  }
}

void RepeatVector::backward(const BackwardPass& pass) {
  if (pass.in_gradient() == nullptr) return;
  sum_rows(pass.out_gradient(), pass.in_gradient(), pass.n, times_, features_);
}

}  // namespace dk::model
