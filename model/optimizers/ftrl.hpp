// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/optimizers/optimizer.hpp"

namespace dk::model {

/// Keras' Ftrl (McMahan et al., 2013). With r = -learning_rate_power, s = g + 2 * l2_shrinkage * p,
/// b = a + g^2: z += s - (b^r - a^r) / lr * p, q = b^r / lr + 2 * l2 + beta / lr,
/// p = (clip(z, -l1, l1) - z) / q, a = b. a begins with initial_accumulator_value. Slots: a, z.
/// (l1, l2, l2_shrinkage are Keras' `..._regularization_strength`.) As in Keras, a parameter whose
/// accumulator and gradient both are 0 becomes NaN.
class Ftrl final : public Optimizer {
 public:
  explicit Ftrl(ConfigReader& reader);

 private:
  void reset() override;
  void begin(double learning_rate, std::uint64_t step) override;
  void update(const UpdateRange& range) override;
  [[nodiscard]] nlohmann::json arguments() const override;

  double power_;
  double initial_accumulator_value_;
  double l1_;
  double l2_;
  double l2_shrinkage_;
  double beta_;
  double learning_rate_ = 0;
};

}  // namespace dk::model
