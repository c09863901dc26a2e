// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "benchmarks/model/models.hpp"
#include "model/model.hpp"
#include "model/optimizers/optimizer.hpp"

#include <memory>
#include <string>
#include <vector>

namespace dk::bench {

/// A model that is ready to do the steps of a case, on random samples and classes. The learning
/// rate is so small that the numbers stay what they are, however long it runs.
class Step {
 public:
  Step(const StepCase& what, unsigned threads);

  /// Does one step on the next samples.
  void run();
  [[nodiscard]] std::size_t batch() const { return batch_; }
  /// How many numbers learn: the same in every framework, or the models differ.
  [[nodiscard]] std::size_t trainable_count() const { return model_->trainable_count(); }

 private:
  std::unique_ptr<model::Model> model_;
  std::unique_ptr<model::Optimizer> optimizer_;  ///< None when it only predicts.
  std::size_t batch_;
  std::size_t at_ = 0;
  std::vector<float> x_;
  std::vector<float> y_;
};

}  // namespace dk::bench
