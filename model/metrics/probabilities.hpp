// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/activations/activation.hpp"
#include "model/float_buffer.hpp"
#include "model/metrics/metric.hpp"

#include <algorithm>

namespace dk::model {

/// What a model says, for a metric that cares for more than the order of the outputs: where they
/// are logits, the activation that the loss took over is applied, a few rows at a time.
class Probabilities {
 public:
  /// kInvalid when the memory is not to be had.
  static Result<Probabilities> make(const MetricTarget& target);

  /// Calls `visit` with batches that make up `batch`. Not for several threads at once.
  template <class Visit>
  void each(const LossBatch& batch, const Visit& visit) const {
    if (activation_ == nullptr) {
      visit(batch);
      return;
    }
    const std::size_t target_width = sparse_targets_ ? 1 : batch.size;
    for (std::size_t first = 0; first < batch.rows; first += rows_at_once_) {
      LossBatch part = batch;
      part.rows = std::min(rows_at_once_, batch.rows - first);
      std::copy_n(batch.outputs + first * batch.size, part.rows * batch.size, scratch_.data());
      activation_->forward(scratch_.data(), nullptr, nullptr, part.rows, batch.size);
      part.outputs = scratch_.data();
      part.targets += first * target_width;
      if (part.weights != nullptr) part.weights += first;
      visit(part);
    }
  }

 private:
  const Activation* activation_ = nullptr;
  bool sparse_targets_ = false;
  std::size_t rows_at_once_ = 1;
  mutable FloatBuffer scratch_;
};

}  // namespace dk::model
