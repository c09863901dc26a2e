// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/descriptor/job_model.hpp"
#include "actors/logic/ledger.hpp"
#include "storage/data/dataset.hpp"
#include "storage/data/sample_order.hpp"

#include <memory>
#include <span>
#include <vector>

namespace dk {

/// One worker's model, optimizer and place in the data: trains one block, one mini-batch at a time.
/// No actor inside. A warm step allocates nothing. Repeatable: the order of samples and the dropout
/// masks follow from the job's seed and the block, not from who trains it or when.
class Trainer {
 public:
  /// `data` is shared by all workers of the process.
  static Result<std::unique_ptr<Trainer>> make(const JobSpec& spec,
                                               std::shared_ptr<const storage::Dataset> data);

  void begin(std::uint64_t number, const Block& block);
  [[nodiscard]] bool block_done() const { return position_ == rows_.size(); }
  /// One mini-batch of the block (the last one may be smaller). kInternal with the value when the
  /// loss is not finite; what reading rows may say.
  Result<void> step();
  /// The same without the optimizer: adds the mini-batch's gradients, summed over its samples, to
  /// `trainable_count()` floats. A loss that is not finite is no error: it may be what the caller
  /// wants to know.
  Result<void> add_gradients(std::span<float> sum);

  /// Mini-batches since `begin`.
  [[nodiscard]] std::uint32_t steps() const { return steps_; }
  /// Sums over the block so far.
  [[nodiscard]] const model::BatchResult& totals() const { return totals_; }

  /// Of the next step. kInvalid as `Optimizer::set_learning_rate`.
  Result<void> set_learning_rate(double rate) { return optimizer_->set_learning_rate(rate); }
  /// All that the optimizer remembers; see Optimizer::state.
  [[nodiscard]] std::span<float> optimizer_state() { return optimizer_->state(); }
  /// The optimizer begins anew.
  Result<void> reset_optimizer();

  /// The front of `parameters()`, which the optimizer changes.
  [[nodiscard]] std::size_t trainable_count() const { return model_->trainable_count(); }
  /// The worker's weights (theta), flat.
  [[nodiscard]] std::span<float> parameters() { return model_->parameters(); }
  /// The metrics' sums over the same.
  [[nodiscard]] std::vector<double> metric_sums();

 private:
  Trainer(const JobSpec& spec, std::shared_ptr<const storage::Dataset> data,
          std::unique_ptr<model::Model> model, std::unique_ptr<model::Optimizer> optimizer);
  void announce(const Block& block);
  /// Loss and gradients of the next mini-batch.
  Result<model::BatchResult> compute();

  JobSpec spec_;
  std::uint32_t batch_size_;
  std::uint64_t seed_;
  std::shared_ptr<const storage::Dataset> data_;
  std::unique_ptr<model::Model> model_;
  std::unique_ptr<model::Optimizer> optimizer_;
  storage::BatchReader reader_;
  storage::SampleOrder order_;
  std::vector<float> x_;
  std::vector<float> y_;
  std::vector<std::uint32_t> rows_;
  std::vector<std::uint32_t> ahead_;
  std::size_t position_ = 0;
  std::uint64_t block_ = 0;
  std::uint32_t epoch_ = 0;
  std::uint32_t steps_ = 0;
  model::BatchResult totals_;
};

}  // namespace dk
