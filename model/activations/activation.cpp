// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/activations/activation.hpp"

#include "base/multiversion.hpp"

#include <Eigen/Core>

#include <algorithm>

namespace dk::model {
namespace {

using Row = Eigen::Map<Eigen::ArrayXf>;
using ConstRow = Eigen::Map<const Eigen::ArrayXf>;

/// Row by row, so that the bias and its gradient stay in the first-level cache.
template <class F>
void forward_rows(float* values, const float* bias, std::size_t rows, std::size_t width, F f) {
  const auto size = static_cast<Eigen::Index>(width);
  for (std::size_t r = 0; r < rows; ++r) {
    Row row(values + r * width, size);
    if (bias != nullptr) {
      f(row, row + ConstRow(bias, size));
    } else {
      f(row, row);
    }
  }
}

template <class F>
void backward_rows(const float* outputs, float* gradient, float* bias_gradient, std::size_t rows,
                   std::size_t width, F f) {
  const auto size = static_cast<Eigen::Index>(width);
  if (bias_gradient != nullptr) std::fill_n(bias_gradient, width, 0.0F);
  for (std::size_t r = 0; r < rows; ++r) {
    Row row(gradient + r * width, size);
    f(ConstRow(outputs + r * width, size), row);
    if (bias_gradient != nullptr) Row(bias_gradient, size) += row;
  }
}

DK_MULTIVERSION void add_bias(float* values, const float* bias, std::size_t rows,
                              std::size_t width) {
  if (bias == nullptr) return;
  for (std::size_t r = 0; r < rows; ++r) {
    float* row = values + r * width;
    for (std::size_t i = 0; i < width; ++i) row[i] += bias[i];
  }
}

DK_MULTIVERSION void sum_rows(const float*, float* gradient, float* bias_gradient, std::size_t rows,
                              std::size_t width) {
  if (bias_gradient == nullptr) return;
  std::fill_n(bias_gradient, width, 0.0F);
  for (std::size_t r = 0; r < rows; ++r) {
    const float* row = gradient + r * width;
    for (std::size_t i = 0; i < width; ++i) bias_gradient[i] += row[i];
  }
}

// NaN passes through, so that a diverged model is seen and not hidden.
DK_MULTIVERSION void relu(float* values, const float* bias, std::size_t rows, std::size_t width) {
  for (std::size_t r = 0; r < rows; ++r) {
    float* row = values + r * width;
    if (bias != nullptr) {
      for (std::size_t i = 0; i < width; ++i) {
        const float z = row[i] + bias[i];
        row[i] = z < 0 ? 0 : z;
      }
    } else {
      for (std::size_t i = 0; i < width; ++i) row[i] = row[i] < 0 ? 0 : row[i];
    }
  }
}

DK_MULTIVERSION void relu_backward(const float* outputs, float* gradient, float* bias_gradient,
                                   std::size_t rows, std::size_t width) {
  if (bias_gradient != nullptr) std::fill_n(bias_gradient, width, 0.0F);
  for (std::size_t r = 0; r < rows; ++r) {
    const float* y = outputs + r * width;
    float* row = gradient + r * width;
    if (bias_gradient != nullptr) {
      for (std::size_t i = 0; i < width; ++i) {
        const float z = y[i] > 0 ? row[i] : 0;
        row[i] = z;
        bias_gradient[i] += z;
      }
    } else {
      for (std::size_t i = 0; i < width; ++i) row[i] = y[i] > 0 ? row[i] : 0;
    }
  }
}

void sigmoid(float* values, const float* bias, std::size_t rows, std::size_t width) {
  forward_rows(values, bias, rows, width,
               [](Row& out, const auto& z) { out = z.logistic().eval(); });
}
void sigmoid_backward(const float* outputs, float* gradient, float* bias_gradient, std::size_t rows,
                      std::size_t width) {
  backward_rows(outputs, gradient, bias_gradient, rows, width,
                [](const ConstRow& y, Row& g) { g *= y * (1 - y); });
}

void tanh(float* values, const float* bias, std::size_t rows, std::size_t width) {
  forward_rows(values, bias, rows, width, [](Row& out, const auto& z) { out = z.tanh(); });
}
void tanh_backward(const float* outputs, float* gradient, float* bias_gradient, std::size_t rows,
                   std::size_t width) {
  backward_rows(outputs, gradient, bias_gradient, rows, width,
                [](const ConstRow& y, Row& g) { g *= 1 - y.square(); });
}

/// Keras' alpha of 1: z for z > 0, else e^z - 1.
void elu(float* values, const float* bias, std::size_t rows, std::size_t width) {
  forward_rows(values, bias, rows, width,
               [](Row& out, const auto& z) { out = z.max(0.0F) + (z.min(0.0F).exp() - 1); });
}
void elu_backward(const float* outputs, float* gradient, float* bias_gradient, std::size_t rows,
                  std::size_t width) {
  backward_rows(outputs, gradient, bias_gradient, rows, width,
                [](const ConstRow& y, Row& g) { g *= y.min(0.0F) + 1; });
}

/// log(1 + e^z), without overflow.
void softplus(float* values, const float* bias, std::size_t rows, std::size_t width) {
  forward_rows(values, bias, rows, width,
               [](Row& out, const auto& z) { out = z.max(0.0F) + (-z.abs()).exp().log1p(); });
}
/// f'(z) = sigmoid(z) = 1 - e^-f(z)
void softplus_backward(const float* outputs, float* gradient, float* bias_gradient,
                       std::size_t rows, std::size_t width) {
  backward_rows(outputs, gradient, bias_gradient, rows, width,
                [](const ConstRow& y, Row& g) { g *= 1 - (-y).exp(); });
}

void softmax(float* values, const float* bias, std::size_t rows, std::size_t width) {
  add_bias(values, bias, rows, width);
  forward_rows(values, nullptr, rows, width, [](Row& out, const auto&) {
    out = (out - out.maxCoeff()).exp();
    out *= 1 / out.sum();
  });
}
void softmax_backward(const float* outputs, float* gradient, float* bias_gradient, std::size_t rows,
                      std::size_t width) {
  backward_rows(outputs, gradient, bias_gradient, rows, width,
                [](const ConstRow& y, Row& g) { g = y * (g - (g * y).sum()); });
}

void linear(float* values, const float* bias, std::size_t rows, std::size_t width) {
  add_bias(values, bias, rows, width);
}

constexpr Activation kActivations[] = {
    {"linear", linear, sum_rows},
    {"relu", relu, relu_backward},
    {"sigmoid", sigmoid, sigmoid_backward},
    {"tanh", tanh, tanh_backward},
    {"softmax", softmax, softmax_backward},
    {"elu", elu, elu_backward},
    {"softplus", softplus, softplus_backward},
};

}  // namespace

const Activation* find_activation(std::string_view name) {
  for (const Activation& activation : kActivations) {
    if (activation.name == name) return &activation;
  }
  return nullptr;
}

std::vector<std::string> known_activations() {
  std::vector<std::string> names;
  for (const Activation& activation : kActivations) names.emplace_back(activation.name);
  return names;
}

}  // namespace dk::model
