// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/architecture.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace dk::bench {

/// The models that are measured; `peers/torch_steps.py` builds the same. All end in ten classes.
///
/// * `mlp`: dist-keras' MNIST perceptron, 784-1000-250-10, relu.
/// * `cnn`: dist-keras' MNIST network: 3x3x32, 3x3x32, pool 2, 225, 10, relu.
/// * `lstm`: 50 steps of 64 numbers, LSTM of 128 units, the last output.
/// * `resnet`: 32x32x3 images, three stages (16, 32, 64 filters) of two residual blocks with batch
///   normalization, average over the image.
[[nodiscard]] model::Architecture model_named(std::string_view name);

/// A whole step of a model on a batch.
struct StepCase {
  std::string model;
  std::string way;  ///< `sgd` or `adam`: a training step; or `predict`.
  std::size_t batch = 0;

  [[nodiscard]] std::string name() const { return model + "/" + way + "/" + std::to_string(batch); }
};

[[nodiscard]] const std::vector<StepCase>& step_cases();

}  // namespace dk::bench
