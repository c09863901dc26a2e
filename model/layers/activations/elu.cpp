// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/activations/elu.hpp"

#include "base/multiversion.hpp"
#include "model/activations/vector_math.hpp"

#include <limits>

namespace dk::model {
namespace {

DK_MULTIVERSION void elu(const float* in, float* out, std::size_t size, float alpha) {
  for (std::size_t i = 0; i < size; ++i) {
    const float negative = in[i] > 0 ? 0 : in[i];
    const float below = alpha * fast::expm1(negative);
    out[i] = in[i] > 0 ? in[i] : below;
  }
}

/// alpha * e^x = y + alpha.
DK_MULTIVERSION void elu_backward(const float* outputs, const float* gradient, float* in_gradient,
                                  std::size_t size, float alpha) {
  for (std::size_t i = 0; i < size; ++i) {
    const float slope = outputs[i] > 0 ? 1 : outputs[i] + alpha;
    in_gradient[i] = slope * gradient[i];
  }
}

}  // namespace

Elu::Elu(ConfigReader& config)
    : alpha_(config.number("alpha", 1, 0, std::numeric_limits<float>::max())) {}

Result<Shape> Elu::build(const Shape& input, const BuildContext& /*context*/) {
  DK_TRY_ASSIGN(size_, element_count(input));
  return input;
}

Placement Elu::placement() const {
  return {.forward_in_place = true,
          .backward_in_place = true,
          .keeps_inputs = false,
          .keeps_outputs = true};
}

void Elu::forward(const ForwardPass& pass) {
  elu(pass.in(), pass.out(), pass.n * size_, static_cast<float>(alpha_));
}

void Elu::backward(const BackwardPass& pass) {
  if (pass.in_gradient() == nullptr) return;
  elu_backward(pass.out(), pass.out_gradient(), pass.in_gradient(), pass.n * size_,
               static_cast<float>(alpha_));
}

}  // namespace dk::model
