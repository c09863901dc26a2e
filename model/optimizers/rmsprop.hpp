// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/optimizers/optimizer.hpp"

namespace dk::model {

/// Keras' RMSprop (Hinton, 2012): v = rho * v + (1 - rho) * g^2; centered, a = rho * a + (1 - rho)
/// * g and d = v - a^2, else d = v; the change c = lr * g / sqrt(d + epsilon), with momentum b =
/// momentum * b + c in its place; p -= c. Slots: v, b (only with momentum), a (if centered).
class RmsProp final : public Optimizer {
 public:
  explicit RmsProp(ConfigReader& reader);

 private:
  void begin(double learning_rate, std::uint64_t step) override;
  void update(const UpdateRange& range) override;
  [[nodiscard]] nlohmann::json arguments() const override;

  double rho_;
  double momentum_;
  double epsilon_;
  bool centered_;
  float rate_ = 0;
};

}  // namespace dk::model
