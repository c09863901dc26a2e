// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"
#include "model/float_buffer.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace dk::model {

/// Turns gradients into new parameters, with Keras' equations and defaults. Knows nothing of
/// variables: one fused pass over the flat vector. One thread at a time.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// Changes the first `parameter_count` parameters; there are as many gradients.
  virtual void step(std::span<float> parameters, std::span<const float> gradients) = 0;

  /// The slots and, in the last two floats, the number of steps: copied out and in again, training
  /// goes on as if it had never stopped. Every value is finite as long as the gradients were.
  [[nodiscard]] std::span<float> state() { return state_.span(); }
  [[nodiscard]] std::span<const float> state() const { return state_.span(); }
  [[nodiscard]] std::uint64_t steps() const;

 protected:
  /// `state` has room for the slots and kCounterFloats.
  Optimizer(std::size_t parameter_count, FloatBuffer state);
  static constexpr std::size_t kCounterFloats = 2;

  [[nodiscard]] float* slot(std::size_t index) { return state_.data() + index * parameter_count_; }
  [[nodiscard]] std::size_t parameter_count() const { return parameter_count_; }
  void check_sizes(std::span<float> parameters, std::span<const float> gradients) const;
  /// Counts a step; returns its number, from 1.
  std::uint64_t next_step();

 private:
  std::size_t parameter_count_;
  FloatBuffer state_;
};

/// From Keras' name, `"adam"`, or `{"name": "adam", "learning_rate": 0.001, ...}`. kInvalid names
/// an unknown key or impossible value and says what is allowed.
[[nodiscard]] Result<std::unique_ptr<Optimizer>> make_optimizer(const nlohmann::json& config,
                                                                std::size_t parameter_count);
/// The same checks without making one.
[[nodiscard]] Result<void> check_optimizer(const nlohmann::json& config);
[[nodiscard]] std::vector<std::string> known_optimizers();

}  // namespace dk::model
