// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/optimizers/optimizer.hpp"

namespace dk::model {

/// Keras' Adam (Kingma and Ba, 2015, the form before section 2.1), epsilon outside of the root:
/// m += (1 - beta_1) * (g - m), v += (1 - beta_2) * (g^2 - v),
/// p -= lr * sqrt(1 - beta_2^t) / (1 - beta_1^t) * m / (sqrt(v) + epsilon).
/// With amsgrad (Reddi et al., 2018) h = max(h, v) stands for v in the last line. Keras' AdamW
/// (Loshchilov and Hutter, 2019) is this with a default of weight_decay. Slots: m, v, h.
class Adam final : public Optimizer {
 public:
  explicit Adam(ConfigReader& reader);

 private:
  void begin(double learning_rate, std::uint64_t step) override;
  void update(const UpdateRange& range) override;
  [[nodiscard]] nlohmann::json arguments() const override;

  double beta_1_;
  double beta_2_;
  double epsilon_;
  bool amsgrad_;
  float rate_ = 0;
};

}  // namespace dk::model
