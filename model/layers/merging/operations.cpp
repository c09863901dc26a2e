// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/multiversion.hpp"
#include "model/layers/merging/merge.hpp"

#include <algorithm>

namespace dk::model {
namespace {

using Inputs = std::span<const float* const>;

DK_MULTIVERSION void add_two(const float* a, const float* b, float* out, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) out[i] = a[i] + b[i];
}
DK_MULTIVERSION void subtract_two(const float* a, const float* b, float* out, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) out[i] = a[i] - b[i];
}
DK_MULTIVERSION void multiply_two(const float* a, const float* b, float* out, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) out[i] = a[i] * b[i];
}
/// NaN passes through, so that a diverged model is seen and not hidden.
DK_MULTIVERSION void maximum_two(const float* a, const float* b, float* out, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    const float larger = a[i] < b[i] ? b[i] : a[i];
    out[i] = b[i] != b[i] ? b[i] : larger;
  }
}
DK_MULTIVERSION void minimum_two(const float* a, const float* b, float* out, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    const float smaller = a[i] > b[i] ? b[i] : a[i];
    out[i] = b[i] != b[i] ? b[i] : smaller;
  }
}
DK_MULTIVERSION void scale(const float* in, float* out, std::size_t size, float factor) {
  for (std::size_t i = 0; i < size; ++i) out[i] = in[i] * factor;
}
/// Moves the gradient of the elements that came out to their input.
DK_MULTIVERSION void claim(const float* in, const float* out, float* gradient, float* in_gradient,
                           std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    const float g = gradient[i];
    in_gradient[i] = in[i] == out[i] ? g : 0;
    gradient[i] = in[i] == out[i] ? 0 : g;
  }
}
DK_MULTIVERSION void discard(const float* in, const float* out, float* gradient, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) gradient[i] = in[i] == out[i] ? 0 : gradient[i];
}

/// out = operation(... operation(in[0], in[1]) ..., in[last])
template <class F>
void fold(Inputs in, float* out, std::size_t size, F operation) {
  if (in.size() == 1 && in[0] != out) std::copy_n(in[0], size, out);
  for (std::size_t i = 1; i < in.size(); ++i) operation(i == 1 ? in[0] : out, in[i], out, size);
}

void copy_gradient(const float* gradient, float* in_gradient, std::size_t size) {
  if (in_gradient != gradient) std::copy_n(gradient, size, in_gradient);
}

constexpr MergeOperation kAdd{
    .forward = [](Inputs in, float* out, std::size_t size) { fold(in, out, size, add_two); },
    .backward = [](Inputs, const float*, float* gradient, float* in_gradient, std::size_t,
                   std::size_t size) { copy_gradient(gradient, in_gradient, size); }};

constexpr MergeOperation kSubtract{
    .forward = [](Inputs in, float* out, std::size_t size) { fold(in, out, size, subtract_two); },
    .backward =
        [](Inputs, const float*, float* gradient, float* in_gradient, std::size_t i,
           std::size_t size) {
          if (i == 0) return copy_gradient(gradient, in_gradient, size);
          scale(gradient, in_gradient, size, -1);
        },
    .inputs = 2};

constexpr MergeOperation kAverage{.forward =
                                      [](Inputs in, float* out, std::size_t size) {
                                        fold(in, out, size, add_two);
                                        scale(out, out, size, 1 / static_cast<float>(in.size()));
                                      },
                                  .backward =
                                      [](Inputs in, const float*, float* gradient,
                                         float* in_gradient, std::size_t, std::size_t size) {
                                        scale(gradient, in_gradient, size,
                                              1 / static_cast<float>(in.size()));
                                      }};

constexpr MergeOperation kMultiply{
    .forward = [](Inputs in, float* out, std::size_t size) { fold(in, out, size, multiply_two); },
    .backward =
        [](Inputs in, const float*, float* gradient, float* in_gradient, std::size_t i,
           std::size_t size) {
          if (in_gradient == nullptr) return;
          const float* product = gradient;
          for (std::size_t other = 0; other < in.size(); ++other) {
            if (other == i) continue;
            multiply_two(product, in[other], in_gradient, size);
            product = in_gradient;
          }
          if (product == gradient) copy_gradient(gradient, in_gradient, size);
        },
    .keeps_inputs = true};

/// Of what came out as largest or smallest; the last input takes what is left.
void claim_gradient(Inputs in, const float* out, float* gradient, float* in_gradient, std::size_t i,
                    std::size_t size) {
  if (i + 1 == in.size()) {
    if (in_gradient != nullptr) copy_gradient(gradient, in_gradient, size);
  } else if (in_gradient != nullptr) {
    claim(in[i], out, gradient, in_gradient, size);
  } else {
    discard(in[i], out, gradient, size);
  }
}

constexpr MergeOperation kMaximum{
    .forward = [](Inputs in, float* out, std::size_t size) { fold(in, out, size, maximum_two); },
    .backward = claim_gradient,
    .keeps_inputs = true,
    .keeps_outputs = true};

constexpr MergeOperation kMinimum{
    .forward = [](Inputs in, float* out, std::size_t size) { fold(in, out, size, minimum_two); },
    .backward = claim_gradient,
    .keeps_inputs = true,
    .keeps_outputs = true};

}  // namespace

std::unique_ptr<Layer> make_add(ConfigReader&) {
  return std::make_unique<Merge>(kAdd);
}
std::unique_ptr<Layer> make_subtract(ConfigReader&) {
  return std::make_unique<Merge>(kSubtract);
}
std::unique_ptr<Layer> make_multiply(ConfigReader&) {
  return std::make_unique<Merge>(kMultiply);
}
std::unique_ptr<Layer> make_average(ConfigReader&) {
  return std::make_unique<Merge>(kAverage);
}
std::unique_ptr<Layer> make_maximum(ConfigReader&) {
  return std::make_unique<Merge>(kMaximum);
}
std::unique_ptr<Layer> make_minimum(ConfigReader&) {
  return std::make_unique<Merge>(kMinimum);
}

}  // namespace dk::model
