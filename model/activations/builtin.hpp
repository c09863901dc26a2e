// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/activations/activation.hpp"

#include <span>

namespace dk::model {

/// f(z) element by element, with Keras' names:
///
///     linear        z                                  softplus   log(1 + e^z)
///     relu          max(z, 0)                          softsign   z / (1 + |z|)
///     relu6         min(max(z, 0), 6)                  exponential  e^z
///     elu           z > 0 ? z : e^z - 1                swish, silu  z * sigmoid(z)
///     selu          1.0507... * (z > 0 ? z : 1.6732... * (e^z - 1))   (Klambauer et al., 2017)
///     sigmoid       1 / (1 + e^-z)                     tanh       tanh(z)
///     hard_sigmoid          clip(0.2 z + 0.5, 0, 1), up to Keras 2
///     hard_sigmoid_keras_3  relu6(z + 3) / 6
///     gelu          z * P(Z <= z), Z standard normal   (Hendrycks and Gimpel, 2016)
///     gelu_tanh     z / 2 * (1 + tanh(sqrt(2 / pi) * (z + 0.044715 z^3))): Keras' gelu with
///                   approximate=True
[[nodiscard]] std::span<const Activation> elementwise_activations();

/// e^z_i / sum_j e^z_j over a row.
extern const Activation kSoftmax;

}  // namespace dk::model
