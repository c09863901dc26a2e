// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/optimizers/optimizer.hpp"

#include "base/check.hpp"
#include "model/keras_object.hpp"
#include "model/schedules/decay.hpp"

namespace dk::model {
namespace {

using Clip = OptimizerConfig::Clip;

// 24 bits are exact in a float, and unlike a counter's raw bits never look like NaN to a check.
constexpr std::uint64_t kLowPart = std::uint64_t{1} << 24;
constexpr std::size_t kCounterFloats = 2;

}  // namespace

Optimizer::Optimizer(std::vector<SlotName> slots, std::size_t extra_count)
    : slot_names_(std::move(slots)), extra_count_(extra_count) {}

Result<void> Optimizer::plan(std::string class_name, OptimizerConfig config, const Layout& layout) {
  class_name_ = std::move(class_name);
  config_ = std::move(config);
  parameter_count_ = layout.trainable_count();
  for (const Variable& variable : layout.variables()) {
    if (variable.trainable) variables_.push_back({variable.offset, variable.size});
  }
  rate_index_ = slot_names_.size() * parameter_count_ + extra_count_;
  DK_TRY_ASSIGN(state_, FloatBuffer::make(rate_index_ + 1 + kCounterFloats));
  if (!has_schedule()) rate() = static_cast<float>(config_.learning_rate);
  reset();
  return {};
}

void Optimizer::step(std::span<float> parameters, std::span<const float> gradients) {
  DK_CHECK(gradients.size() == parameter_count_, "the optimizer was made for another model");
  DK_CHECK(parameters.size() >= parameter_count_, "the optimizer was made for another model");
  const std::uint64_t step = steps() + 1;
  const double learning_rate = this->learning_rate();
  begin(learning_rate, step);
  UpdateRange all{0, parameter_count_, parameters.data(), gradients.data()};
  all.intake.decay = static_cast<float>(config_.weight_decay.value_or(0) * learning_rate);
  if (config_.clip == Clip::kNorm) {
    for (UpdateRange range : variables_) {
      range.parameters = all.parameters + range.first;
      range.gradients = all.gradients + range.first;
      range.intake = all.intake;
      range.intake.scale =
          clip_factor(sum_of_squares(range.gradients, range.size), config_.clip_limit);
      update(range);
    }
  } else {
    if (config_.clip == Clip::kValue) all.intake.limit = static_cast<float>(config_.clip_limit);
    if (config_.clip == Clip::kGlobalNorm) {
      all.intake.scale = clip_factor(sum_of_squares(all.gradients, all.size), config_.clip_limit);
    }
    update(all);
  }
  write_steps(step);
}

std::uint64_t Optimizer::steps() const {
  const auto counter = state_.span().last(kCounterFloats);
  return static_cast<std::uint64_t>(counter[0]) + kLowPart * static_cast<std::uint64_t>(counter[1]);
}

Result<void> Optimizer::set_steps(std::uint64_t steps) {
  if (steps >= kLowPart * kLowPart) {
    return fail(Errc::kInvalid, "an optimizer cannot have made {} steps", steps);
  }
  write_steps(steps);
  after_set_steps(steps);
  return {};
}

void Optimizer::write_steps(std::uint64_t steps) {
  const auto counter = state_.span().last(kCounterFloats);
  counter[0] = static_cast<float>(steps % kLowPart);
  counter[1] = static_cast<float>(steps / kLowPart);
}

double Optimizer::learning_rate() const {
  if (!has_schedule()) return state_.span()[rate_index_];
  return static_cast<float>(config_.schedule->at(steps()));
}

Result<void> Optimizer::set_learning_rate(double rate) {
  if (has_schedule()) {
    return fail(Errc::kInvalid, "the learning rate follows a schedule and cannot be set to {}",
                rate);
  }
  if (!(rate >= 0 && rate < kLargestRate)) {
    return fail(Errc::kInvalid, "the learning rate cannot be {}; it must be a number in [0, {})",
                rate, kLargestRate);
  }
  this->rate() = static_cast<float>(rate);
  return {};
}

nlohmann::json Optimizer::config() const {
  const bool unchanged = learning_rate() == static_cast<float>(config_.learning_rate);
  nlohmann::json config = config_.to_json(unchanged ? config_.learning_rate : learning_rate());
  config.update(arguments());
  return keras_object("keras.optimizers", class_name_, std::move(config));
}

std::span<float> Optimizer::slot(std::size_t index) {
  return state_.span().subspan(index * parameter_count_, parameter_count_);
}

std::span<const float> Optimizer::slot(std::size_t index) const {
  return state_.span().subspan(index * parameter_count_, parameter_count_);
}

float* Optimizer::slot_data(std::size_t index, const UpdateRange& range) {
  return state_.data() + index * parameter_count_ + range.first;
}

std::span<float> Optimizer::extras() {
  return state_.span().subspan(slot_names_.size() * parameter_count_, extra_count_);
}

}  // namespace dk::model
