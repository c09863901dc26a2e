// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/trainer.hpp"

#include "actors/algorithms/kernels.hpp"
#include "base/random.hpp"

#include <algorithm>
#include <cmath>

namespace dk {

Result<std::unique_ptr<Trainer>> Trainer::make(const JobSpec& spec,
                                               std::shared_ptr<const storage::Dataset> data) {
  DK_TRY_ASSIGN(auto model, build_model(spec));
  DK_TRY_ASSIGN(auto optimizer, build_optimizer(spec, model->layout()));
  return std::unique_ptr<Trainer>(
      new Trainer(spec, std::move(data), std::move(model), std::move(optimizer)));
}

Trainer::Trainer(const JobSpec& spec, std::shared_ptr<const storage::Dataset> data,
                 std::unique_ptr<model::Model> model, std::unique_ptr<model::Optimizer> optimizer)
    : spec_(spec),
      batch_size_(spec.batch_size),
      seed_(spec.seed),
      data_(std::move(data)),
      model_(std::move(model)),
      optimizer_(std::move(optimizer)),
      reader_(*data_, batch_size_),
      order_(spec.seed, static_cast<std::uint32_t>(data_->size()), spec.shuffle,
             data_->group_size(), data_->window_groups()),
      x_(batch_size_ * data_->feature_size()),
      y_(batch_size_ * data_->target_size()) {}

Result<void> Trainer::reset_optimizer() {
  DK_TRY_ASSIGN(optimizer_, build_optimizer(spec_, model_->layout()));
  return {};
}

void Trainer::begin(std::uint64_t number, const Block& block) {
  block_ = number;
  rows_.resize(block.count);
  order_.rows(block.epoch, block.first, rows_);
  announce(block);
  epoch_ = block.epoch;
  position_ = 0;
  steps_ = 0;
  totals_ = {};
  model_->reset_metrics();
}

/// Tells the reader this block's samples and those that follow, as many as a shuffle mixes.
void Trainer::announce(const Block& block) {
  const auto mixed = std::uint64_t{data_->group_size()} * data_->window_groups();
  if (mixed == 0) return;
  ahead_.resize(std::min<std::uint64_t>(block.count + mixed, order_.size() - block.first));
  order_.rows(block.epoch, block.first, ahead_);
  reader_.prefetch(ahead_);
}

Result<model::BatchResult> Trainer::compute() {
  const auto count = std::min<std::size_t>(batch_size_, rows_.size() - position_);
  const auto rows = std::span(rows_).subspan(position_, count);
  const auto x = std::span(x_).first(count * data_->feature_size());
  const auto y = std::span(y_).first(count * data_->target_size());
  if (auto read = reader_.read(rows, x, y); !read) {
    return fail_in(fmt::format("block {}", block_), std::move(read).error());
  }
  reader_.augment(rows, x, seed_, epoch_);
  const auto result = model_->compute_gradients(x, y, count, seed_for(seed_, block_, steps_));
  position_ += count;
  ++steps_;
  totals_.loss_sum += result.loss_sum;
  totals_.samples += result.samples;
  return result;
}

Result<void> Trainer::step() {
  DK_TRY_ASSIGN(const auto result, compute());
  if (!std::isfinite(result.loss_sum)) {
    return fail(Errc::kInternal, "the loss became {} in block {}, mini-batch {}", result.loss_sum,
                block_, steps_);
  }
  optimizer_->step(model_->trainable(), model_->gradients());
  model_->constrain();
  return {};
}

Result<void> Trainer::add_gradients(std::span<float> sum) {
  const auto before = position_;
  DK_TRY(compute());
  kernels::add_scaled(sum, model_->gradients(), static_cast<float>(position_ - before), {});
  return {};
}

std::vector<double> Trainer::metric_sums() {
  const auto sums = model_->metric_sums();
  return {sums.begin(), sums.end()};
}

}  // namespace dk
