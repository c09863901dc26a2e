// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/multiversion.hpp"
#include "model/activations/builtin.hpp"
#include "model/activations/vector_math.hpp"

#include <algorithm>

// Clamps and selects are written so that NaN passes through: a model that diverged is to be seen.
namespace dk::model {
namespace {

/// F::kKeepsInput: slope(z) is of the input, else slope(y) of the output.
template <class F, bool kKeep>
DK_INLINE void forward_row(float* row, const float* bias, float* kept, std::size_t width) {
  if (bias != nullptr) {
#pragma omp simd
    for (std::size_t i = 0; i < width; ++i) {
      const float z = row[i] + bias[i];
      if constexpr (kKeep) kept[i] = z;
      row[i] = F::value(z);
    }
  } else {
#pragma omp simd
    for (std::size_t i = 0; i < width; ++i) {
      const float z = row[i];
      if constexpr (kKeep) kept[i] = z;
      row[i] = F::value(z);
    }
  }
}

template <class F>
DK_INLINE void forward_rows(float* values, const float* bias, float* kept, std::size_t rows,
                            std::size_t width) {
  if (bias == nullptr) {
    // One long row.
    width *= rows;
    rows = 1;
  }
  for (std::size_t r = 0; r < rows; ++r) {
    float* row = values + r * width;
    if (F::kKeepsInput && kept != nullptr) {
      forward_row<F, F::kKeepsInput>(row, bias, kept + r * width, width);
    } else {
      forward_row<F, false>(row, bias, nullptr, width);
    }
  }
}

template <class F>
DK_INLINE void backward_rows(const float* outputs, const float* kept, float* gradient,
                             float* bias_gradient, std::size_t rows, std::size_t width) {
  const float* of = F::kKeepsInput ? kept : outputs;
  if (bias_gradient == nullptr) {
#pragma omp simd
    for (std::size_t i = 0; i < rows * width; ++i) gradient[i] *= F::slope(of[i]);
    return;
  }
  std::fill_n(bias_gradient, width, 0.0F);
  for (std::size_t r = 0; r < rows; ++r) {
    const float* at = of + r * width;
    float* row = gradient + r * width;
#pragma omp simd
    for (std::size_t i = 0; i < width; ++i) {
      const float g = row[i] * F::slope(at[i]);
      row[i] = g;
      bias_gradient[i] += g;
    }
  }
}

struct OfOutput {
  static constexpr bool kKeepsInput = false;
};
struct OfInput {
  static constexpr bool kKeepsInput = true;
};

struct Linear : OfOutput {
  DK_INLINE static float value(float z) { return z; }
  DK_INLINE static float slope(float) { return 1; }
};

struct Relu : OfOutput {
  DK_INLINE static float value(float z) { return z < 0 ? 0 : z; }
  DK_INLINE static float slope(float y) { return y > 0 ? 1.0F : 0.0F; }
};

struct Relu6 : OfOutput {
  DK_INLINE static float value(float z) {
    const float positive = z < 0 ? 0 : z;
    return positive > 6 ? 6 : positive;
  }
  DK_INLINE static float slope(float y) { return (y > 0) & (y < 6) ? 1.0F : 0.0F; }
};

struct Sigmoid : OfOutput {
  DK_INLINE static float value(float z) { return fast::sigmoid(z); }
  DK_INLINE static float slope(float y) { return y * (1 - y); }
};

struct HardSigmoid : OfOutput {
  DK_INLINE static float value(float z) {
    const float x = 0.2F * z + 0.5F;
    const float positive = x < 0 ? 0 : x;
    return positive > 1 ? 1 : positive;
  }
  DK_INLINE static float slope(float y) { return (y > 0) & (y < 1) ? 0.2F : 0.0F; }
};

struct HardSigmoidKeras3 : OfOutput {
  DK_INLINE static float value(float z) { return Relu6::value(z + 3) * (1.0F / 6); }
  DK_INLINE static float slope(float y) { return (y > 0) & (y < 1) ? 1.0F / 6 : 0.0F; }
};

struct Tanh : OfOutput {
  DK_INLINE static float value(float z) { return fast::tanh(z); }
  DK_INLINE static float slope(float y) { return 1 - y * y; }
};

struct Softplus : OfOutput {
  DK_INLINE static float value(float z) { return fast::softplus(z); }
  /// sigmoid(z) = 1 - e^-y
  DK_INLINE static float slope(float y) { return -fast::expm1(-y); }
};

struct Softsign : OfOutput {
  DK_INLINE static float value(float z) { return z / (1 + std::fabs(z)); }
  DK_INLINE static float slope(float y) {
    const float rest = 1 - std::fabs(y);  // 1 / (1 + |z|)
    return rest * rest;
  }
};

struct Elu : OfOutput {
  DK_INLINE static float value(float z) {
    const float low = fast::expm1(z > 0 ? 0 : z);
    return z > 0 ? z : low;
  }
  DK_INLINE static float slope(float y) { return y > 0 ? 1 : y + 1; }
};

struct Selu : OfOutput {
  static constexpr float kAlpha = 1.67326324F;
  static constexpr float kScale = 1.05070098F;
  DK_INLINE static float value(float z) {
    const float low = kAlpha * fast::expm1(z > 0 ? 0 : z);
    return kScale * (z > 0 ? z : low);
  }
  DK_INLINE static float slope(float y) { return y > 0 ? kScale : y + kScale * kAlpha; }
};

struct Gelu : OfInput {
  DK_INLINE static float value(float z) { return z * fast::normal_cdf(z); }
  /// P(Z <= z) + z * the normal density of z
  DK_INLINE static float slope(float z) {
    constexpr float kDensity = 0.398942280F;  // 1 / sqrt(2 pi)
    return fast::normal_cdf(z) + z * kDensity * fast::exp(-0.5F * z * z);
  }
};

struct GeluTanh : OfInput {
  static constexpr float kRoot = 0.797884561F;  // sqrt(2 / pi)
  static constexpr float kCube = 0.044715F;
  DK_INLINE static float value(float z) {
    return 0.5F * z * (1 + fast::tanh(kRoot * (z + kCube * z * z * z)));
  }
  DK_INLINE static float slope(float z) {
    const float t = fast::tanh(kRoot * (z + kCube * z * z * z));
    return 0.5F * (1 + t) + 0.5F * z * (1 - t * t) * kRoot * (1 + 3 * kCube * z * z);
  }
};

struct Swish : OfInput {
  DK_INLINE static float value(float z) { return z * fast::sigmoid(z); }
  DK_INLINE static float slope(float z) {
    const float s = fast::sigmoid(z);
    return s + z * s * (1 - s);
  }
};

struct Exponential : OfOutput {
  DK_INLINE static float value(float z) { return fast::exp(z); }
  DK_INLINE static float slope(float y) { return y; }
};

/// The two plain functions that a multiversion needs, for a struct.
#define DK_ACTIVATION(F, prefix)                                                                   \
  DK_MULTIVERSION void prefix##_forward(float* values, const float* bias, float* kept,             \
                                        std::size_t rows, std::size_t width) {                     \
    forward_rows<F>(values, bias, kept, rows, width);                                              \
  }                                                                                                \
  DK_MULTIVERSION void prefix##_backward(const float* outputs, const float* kept, float* gradient, \
                                         float* bias_gradient, std::size_t rows,                   \
                                         std::size_t width) {                                      \
    backward_rows<F>(outputs, kept, gradient, bias_gradient, rows, width);                         \
  }                                                                                                \
  constexpr Activation prefix##_named(std::string_view name) {                                     \
    return {name, F::kKeepsInput, prefix##_forward, prefix##_backward};                            \
  }

DK_ACTIVATION(Linear, linear)
DK_ACTIVATION(Relu, relu)
DK_ACTIVATION(Relu6, relu6)
DK_ACTIVATION(Sigmoid, sigmoid)
DK_ACTIVATION(HardSigmoid, hard_sigmoid)
DK_ACTIVATION(HardSigmoidKeras3, hard_sigmoid_keras_3)
DK_ACTIVATION(Tanh, tanh)
DK_ACTIVATION(Softplus, softplus)
DK_ACTIVATION(Softsign, softsign)
DK_ACTIVATION(Elu, elu)
DK_ACTIVATION(Selu, selu)
DK_ACTIVATION(Gelu, gelu)
DK_ACTIVATION(GeluTanh, gelu_tanh)
DK_ACTIVATION(Swish, swish)
DK_ACTIVATION(Exponential, exponential)

#undef DK_ACTIVATION

constexpr Activation kElementwise[] = {
    linear_named("linear"),
    relu_named("relu"),
    relu6_named("relu6"),
    sigmoid_named("sigmoid"),
    hard_sigmoid_named("hard_sigmoid"),
    hard_sigmoid_keras_3_named("hard_sigmoid_keras_3"),
    tanh_named("tanh"),
    softplus_named("softplus"),
    softsign_named("softsign"),
    elu_named("elu"),
    selu_named("selu"),
    gelu_named("gelu"),
    gelu_tanh_named("gelu_tanh"),
    swish_named("swish"),
    swish_named("silu"),
    exponential_named("exponential"),
};

}  // namespace

std::span<const Activation> elementwise_activations() {
  return kElementwise;
}

}  // namespace dk::model
