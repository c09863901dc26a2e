// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"
#include "model/float_buffer.hpp"
#include "model/layout.hpp"
#include "model/optimizers/gradient_intake.hpp"
#include "model/optimizers/optimizer_config.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace dk::model {

/// What Keras calls an optimizer's vector in its files.
struct SlotName {
  const char* before_2_11;
  const char* keras2;  ///< 2.11 and later: `Adam/m/dense/kernel:0`.
  const char* keras3;
};

/// Turns gradients into new parameters with Keras' equations and defaults (2.11 and later): one
/// fused pass over the flat vector, clipping and weight decay included; clipnorm reads the
/// gradients once before. A step allocates nothing and cannot fail. One thread at a time.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// Changes the first `parameter_count` parameters; there are as many gradients.
  void step(std::span<float> parameters, std::span<const float> gradients);

  /// All that changes: the slots one after the other, the optimizer's own numbers, the learning
  /// rate, and the number of steps in two floats. Copied out and in again, training goes on as if
  /// it had never stopped. Every value is finite as long as the gradients were.
  [[nodiscard]] std::span<float> state() { return state_.span(); }
  [[nodiscard]] std::span<const float> state() const { return state_.span(); }

  /// Steps made: Keras' `iterations`.
  [[nodiscard]] std::uint64_t steps() const;
  /// For a state from a file that has only slots; kInvalid beyond 2^48.
  Result<void> set_steps(std::uint64_t steps);

  /// Of the next step: Keras' variable, which is a float32, or the schedule's value.
  [[nodiscard]] double learning_rate() const;
  /// What Keras' callbacks assign; part of the state. kInvalid for a number that is none, and, as
  /// in Keras, when the rate follows a schedule.
  Result<void> set_learning_rate(double rate);
  [[nodiscard]] bool has_schedule() const { return config_.schedule != nullptr; }

  /// Keras' serialized object, `{"class_name": "Adam", "config": {...}, ...}`, with every argument
  /// and the learning rate of now; `make_optimizer` reads it.
  [[nodiscard]] nlohmann::json config() const;
  /// Its vectors in Keras' order.
  [[nodiscard]] std::span<const SlotName> slot_names() const { return slot_names_; }
  /// One value per parameter, in flat order.
  [[nodiscard]] std::span<float> slot(std::size_t index);
  [[nodiscard]] std::span<const float> slot(std::size_t index) const;

 protected:
  /// Constructors read their arguments, as layers do. `extra_count`: own numbers in the state.
  explicit Optimizer(std::vector<SlotName> slots, std::size_t extra_count = 0);

  /// Slots and own numbers are zero before.
  virtual void reset() {}
  /// Step number `step`, from 1, is about to begin.
  virtual void begin(double learning_rate, std::uint64_t step) = 0;
  virtual void update(const UpdateRange& range) = 0;
  /// Own numbers that follow from the number of steps.
  virtual void after_set_steps(std::uint64_t /*steps*/) {}
  /// Own arguments for `config`.
  [[nodiscard]] virtual nlohmann::json arguments() const = 0;

  [[nodiscard]] float* slot_data(std::size_t index, const UpdateRange& range);
  [[nodiscard]] std::span<float> extras();

 private:
  friend Result<std::unique_ptr<Optimizer>> make_optimizer(const nlohmann::json& config,
                                                           const Layout& layout);
  Result<void> plan(std::string class_name, OptimizerConfig config, const Layout& layout);
  [[nodiscard]] float& rate() { return state_.span()[rate_index_]; }
  void write_steps(std::uint64_t steps);

  std::vector<SlotName> slot_names_;
  std::size_t extra_count_;
  std::string class_name_;
  OptimizerConfig config_;
  std::vector<UpdateRange> variables_;
  std::size_t parameter_count_ = 0;
  std::size_t rate_index_ = 0;
  FloatBuffer state_;
};

/// From Keras' name, `"adam"`, a descriptor's `{"name": "adam", "learning_rate": 0.001, ...}` or
/// Keras' serialized object, for the trainable variables of a model. kInvalid names an unknown key
/// or impossible value and says what is allowed.
[[nodiscard]] Result<std::unique_ptr<Optimizer>> make_optimizer(const nlohmann::json& config,
                                                                const Layout& layout);
/// For one variable of this size: clipnorm does the same as global_clipnorm.
[[nodiscard]] Result<std::unique_ptr<Optimizer>> make_optimizer(const nlohmann::json& config,
                                                                std::size_t parameter_count);
/// The same checks without making one.
[[nodiscard]] Result<void> check_optimizer(const nlohmann::json& config);
[[nodiscard]] std::vector<std::string> known_optimizers();

}  // namespace dk::model
