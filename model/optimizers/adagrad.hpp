// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/optimizers/optimizer.hpp"

namespace dk::model {

/// Keras' Adagrad (Duchi et al., 2011): a += g^2, from initial_accumulator_value on;
/// p -= lr * g / sqrt(a + epsilon). Slot: a.
class Adagrad final : public Optimizer {
 public:
  explicit Adagrad(ConfigReader& reader);

 private:
  void reset() override;
  void begin(double learning_rate, std::uint64_t step) override;
  void update(const UpdateRange& range) override;
  [[nodiscard]] nlohmann::json arguments() const override;

  double initial_accumulator_value_;
  double epsilon_;
  float rate_ = 0;
};

}  // namespace dk::model
