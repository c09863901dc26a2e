// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/architecture.hpp"
#include "model/float_buffer.hpp"
#include "model/layer.hpp"
#include "model/layout.hpp"
#include "model/losses/loss.hpp"
#include "model/metrics/accuracy.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace dk::model {

/// What Keras' `compile` is told, without the optimizer.
struct CompileConfig {
  std::string loss;
  std::vector<std::string> metrics;
  std::size_t max_batch_size = 32;
};

/// Sums over the batch; `correct` is 0 without a metric.
struct BatchResult {
  double loss_sum = 0;
  std::uint64_t correct = 0;
  std::uint64_t samples = 0;
};

/// A Keras Sequential model with its weights, its loss and the memory for its steps. `build` checks
/// and plans everything; afterwards nothing fails and nothing allocates. The parameters are zero
/// until `initialize` or until they are written. One thread at a time; models are independent.
///
///     DK_TRY_ASSIGN(auto model, Model::build(architecture, {"mse", {}, 32}));
///     model->initialize(seed);
///     model->compute_gradients(x, y, n, step);
///     optimizer->step(model->parameters(), model->gradients());
class Model {
 public:
  /// kInvalid when a layer does not fit its input, the loss or a metric does not fit the output, or
  /// the sizes are beyond reason.
  static Result<std::unique_ptr<Model>> build(const Architecture& architecture,
                                              const CompileConfig& config);

  [[nodiscard]] const Layout& layout() const { return layout_; }
  [[nodiscard]] std::size_t parameter_count() const { return layout_.total_count(); }
  [[nodiscard]] std::size_t trainable_count() const { return layout_.trainable_count(); }
  /// Floats per sample.
  [[nodiscard]] std::size_t input_size() const { return input_size_; }
  [[nodiscard]] std::size_t output_size() const { return output_size_; }
  /// 1 for losses with sparse targets, else `output_size()`.
  [[nodiscard]] std::size_t target_size() const;
  [[nodiscard]] std::size_t max_batch_size() const { return max_batch_size_; }

  /// All variables as `layout()` says, 64-byte aligned; the address never changes.
  [[nodiscard]] std::span<float> parameters() { return parameters_.span(); }
  [[nodiscard]] std::span<const float> parameters() const { return parameters_.span(); }
  /// `trainable_count()` floats: of the batch's mean loss, after `compute_gradients`.
  [[nodiscard]] std::span<const float> gradients() const { return gradients_.span(); }

  /// Gives every variable its layer's initial values; the same for the same seed on every machine.
  void initialize(std::uint64_t seed);

  /// A training pass forth and back over `n` samples, 1 <= n <= max_batch_size. `step_seed` decides
  /// what dropout drops.
  BatchResult compute_gradients(std::span<const float> x, std::span<const float> y, std::size_t n,
                                std::uint64_t step_seed);
  BatchResult evaluate(std::span<const float> x, std::span<const float> y, std::size_t n);
  /// `n * output_size()` floats, valid until the next call.
  std::span<const float> predict(std::span<const float> x, std::size_t n);

 private:
  struct Step {
    std::unique_ptr<Layer> layer;
    std::vector<VariableSpec> variables;
    std::size_t output_size = 0;
    FloatBuffer out;
    const float* result = nullptr;  ///< Where the last forward pass left the output.
    std::vector<float*> values;
    std::vector<float*> gradients;
  };

  Model() = default;
  Result<Shape> build_layers(const Architecture& architecture);
  Result<void> build_layout(const Architecture& architecture);
  Result<void> choose_loss(const CompileConfig& config, const Shape& output);
  Result<void> allocate();
  void bind_variables();
  void check_batch(std::span<const float> x, std::size_t n) const;
  const float* forward(const float* x, std::size_t n, bool training, std::uint64_t seed);
  void backward(const float* x, std::size_t n, std::uint64_t seed);
  BatchResult finish(const float* outputs, const float* y, std::size_t n, float* gradient) const;

  std::vector<Step> steps_;
  Layout layout_;
  const Loss* loss_ = nullptr;
  Metric metric_;
  bool from_logits_ = false;
  std::size_t input_size_ = 0;
  std::size_t output_size_ = 0;
  std::size_t max_batch_size_ = 0;
  std::size_t first_trained_ = 0;  ///< The way back ends at this step.
  FloatBuffer parameters_;
  FloatBuffer gradients_;
  FloatBuffer back_[2];  ///< The gradients between layers, in turn.
};

}  // namespace dk::model
