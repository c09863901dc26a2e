// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/optimizers/optimizer.hpp"

namespace dk::model {

/// Keras' SGD. momentum 0: p -= lr * g. Otherwise v = momentum * v - lr * g, then p += v, or with
/// nesterov p += momentum * v - lr * g. Slot: v (only with momentum).
class Sgd final : public Optimizer {
 public:
  explicit Sgd(ConfigReader& reader);

 private:
  void begin(double learning_rate, std::uint64_t step) override;
  void update(const UpdateRange& range) override;
  [[nodiscard]] nlohmann::json arguments() const override;

  double momentum_;
  bool nesterov_;
  float rate_ = 0;
};

}  // namespace dk::model
