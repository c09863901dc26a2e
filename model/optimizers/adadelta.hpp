// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/optimizers/optimizer.hpp"

namespace dk::model {

/// Keras' Adadelta (Zeiler, 2012): a = rho * a + (1 - rho) * g^2, the change
/// c = sqrt(d + epsilon) / sqrt(a + epsilon) * g, d = rho * d + (1 - rho) * c^2; p -= lr * c.
/// Slots: a, d.
class Adadelta final : public Optimizer {
 public:
  explicit Adadelta(ConfigReader& reader);

 private:
  void begin(double learning_rate, std::uint64_t step) override;
  void update(const UpdateRange& range) override;
  [[nodiscard]] nlohmann::json arguments() const override;

  double rho_;
  double epsilon_;
  float rate_ = 0;
};

}  // namespace dk::model
