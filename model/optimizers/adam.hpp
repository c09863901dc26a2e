// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/config_reader.hpp"
#include "model/optimizers/optimizer.hpp"

namespace dk::model {

struct AdamConfig {
  double learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;

  static AdamConfig read(ConfigReader& config);
};

/// Adam (Kingma and Ba, 2015, the form before section 2.1) as in Keras, epsilon outside of the
/// root: m += (1 - beta_1) * (g - m), v += (1 - beta_2) * (g^2 - v),
/// p -= lr * sqrt(1 - beta_2^t) / (1 - beta_1^t) * m / (sqrt(v) + epsilon).
/// State: m, v, steps.
class Adam final : public Optimizer {
 public:
  Adam(const AdamConfig& config, std::size_t parameter_count, FloatBuffer state);
  static std::size_t state_size(const AdamConfig& config, std::size_t parameter_count);

  void step(std::span<float> parameters, std::span<const float> gradients) override;

 private:
  AdamConfig config_;
};

}  // namespace dk::model
