// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dk::model {

/// `rows` predictions of `size` values and their targets. An output of shape (..., size) has as
/// many rows per sample as its other axes say.
struct LossBatch {
  const float* outputs = nullptr;
  const float* targets = nullptr;  ///< rows * size, or rows when the loss has sparse targets.
  /// One per row, or nullptr for all 1. A row with weight 0 counts for nothing, whatever it holds.
  const float* weights = nullptr;
  /// Of `scale` times the returned sum, by outputs, overwritten; nullptr: not wanted. Never
  /// `outputs` itself.
  float* gradient = nullptr;
  std::size_t rows = 0;
  std::size_t size = 0;
  float scale = 1;
};

/// A loss with Keras' name, arguments and defaults. Stateless; nothing allocates.
class Loss {
 public:
  virtual ~Loss() = default;

  /// Keras' name, `mean_squared_error`.
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// Keras' object of class name and arguments, for files; `make_loss` reads it back.
  [[nodiscard]] virtual nlohmann::json config() const = 0;
  /// The weighted sum over the rows, each row's loss as Keras defines it; writes the gradient in
  /// the same pass.
  virtual double operator()(const LossBatch& batch) const = 0;

  /// One target per row, holding the class index, instead of as many as outputs.
  [[nodiscard]] virtual bool sparse_targets() const { return false; }
  /// The least `size` that makes sense.
  [[nodiscard]] virtual std::size_t min_outputs() const { return 1; }
  /// The same loss of what goes into this activation, fused and stable: `softmax`, `sigmoid`;
  /// empty when there is none or `from_logits` is set already.
  [[nodiscard]] virtual std::string_view fused_activation() const { return {}; }
  /// The loss from logits; only when `fused_activation()` is not empty.
  [[nodiscard]] virtual std::unique_ptr<Loss> from_logits() const { return nullptr; }
};

/// From Keras' name, alias or function name (`"mse"`), or an object: `{"name": "huber", "delta":
/// 1}` or Keras' `{"class_name": "Huber", "config": {"delta": 1, ...}}`. kInvalid names what is
/// unknown and lists what is supported.
[[nodiscard]] Result<std::unique_ptr<Loss>> make_loss(const nlohmann::json& config);
/// Names and aliases.
[[nodiscard]] std::vector<std::string> known_losses();

}  // namespace dk::model
