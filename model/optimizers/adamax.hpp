// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/optimizers/optimizer.hpp"

namespace dk::model {

/// Keras' Adamax (Kingma and Ba, 2015, section 7): m += (1 - beta_1) * (g - m),
/// u = max(beta_2 * u, |g|), p -= lr / (1 - beta_1^t) * m / (u + epsilon). Slots: m, u.
class Adamax final : public Optimizer {
 public:
  explicit Adamax(ConfigReader& reader);

 private:
  void begin(double learning_rate, std::uint64_t step) override;
  void update(const UpdateRange& range) override;
  [[nodiscard]] nlohmann::json arguments() const override;

  double beta_1_;
  double beta_2_;
  double epsilon_;
  float rate_ = 0;
};

}  // namespace dk::model
