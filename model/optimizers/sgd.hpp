// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/config_reader.hpp"
#include "model/optimizers/optimizer.hpp"

namespace dk::model {

struct SgdConfig {
  double learning_rate = 0.01;
  double momentum = 0;
  bool nesterov = false;

  static SgdConfig read(ConfigReader& config);
};

/// Keras' SGD. momentum 0: p -= lr * g. Otherwise v = momentum * v - lr * g, then p += v, or with
/// nesterov p += momentum * v - lr * g. State: v (only with momentum), steps.
class Sgd final : public Optimizer {
 public:
  Sgd(const SgdConfig& config, std::size_t parameter_count, FloatBuffer state);
  static std::size_t state_size(const SgdConfig& config, std::size_t parameter_count);

  void step(std::span<float> parameters, std::span<const float> gradients) override;

 private:
  SgdConfig config_;
};

}  // namespace dk::model
