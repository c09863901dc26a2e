// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/optimizers/optimizer.hpp"

namespace dk::model {

/// Keras' Nadam (Dozat, 2015). With u(t) = beta_1 * (1 - 0.96^(t * schedule_decay) / 2) and
/// U = u(1) * ... * u(t): m += (1 - beta_1) * (g - m), v += (1 - beta_2) * (g^2 - v),
/// p -= lr * (u(t+1) * m / (1 - U * u(t+1)) + (1 - u(t)) * g / (1 - U)) /
///      (sqrt(v / (1 - beta_2^t)) + epsilon).
/// schedule_decay is 1 in Keras 2.11 and later; earlier ones have 0.004 and write it, some as
/// `decay`. Slots: m, v. Own number: U.
class Nadam final : public Optimizer {
 public:
  explicit Nadam(ConfigReader& reader);

  /// To be called first: what Keras 2.3 to 2.10 write as `decay` is not the learning rate's here.
  static void rename_decay(nlohmann::json& config);

 private:
  void reset() override;
  void begin(double learning_rate, std::uint64_t step) override;
  void update(const UpdateRange& range) override;
  void after_set_steps(std::uint64_t steps) override;
  [[nodiscard]] nlohmann::json arguments() const override;
  [[nodiscard]] double u(std::uint64_t step) const;

  double beta_1_;
  double beta_2_;
  double epsilon_;
  double schedule_decay_;
  float m_rate_ = 0;   ///< lr * u(t+1) / (1 - U * u(t+1))
  float g_rate_ = 0;   ///< lr * (1 - u(t)) / (1 - U)
  float v_scale_ = 0;  ///< 1 / (1 - beta_2^t)
};

}  // namespace dk::model
