// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/architecture.hpp"
#include "model/compile_config.hpp"
#include "model/constraints/constraint.hpp"
#include "model/float_buffer.hpp"
#include "model/graph/network.hpp"
#include "model/heads.hpp"
#include "model/layout.hpp"
#include "model/regularizers/regularizer.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace dk::model {

/// A variable's values with its path in the layout.
struct Weight {
  std::string name;
  Shape shape;
  std::vector<float> values;

  bool operator==(const Weight&) const = default;
};

/// A Keras model with its weights, its losses and the memory for its steps. `build` checks and
/// plans everything; afterwards nothing fails and nothing allocates, but where it is said. The
/// parameters are zero until `initialize` or until they are written. One thread at a time; models
/// are independent.
///
/// A sample is one row of floats: with several inputs one after the other, in the model's order; so
/// are targets and predictions with several outputs.
///
///     DK_TRY_ASSIGN(auto model, Model::build(architecture, {"mse", {}, 32}));
///     model->initialize(seed);
///     model->compute_gradients(x, y, n, step);
///     optimizer->step(model->trainable(), model->gradients());
///     model->constrain();
class Model {
 public:
  /// kInvalid when a layer does not fit its input, a loss or a metric does not fit its output, or
  /// the sizes are beyond reason.
  static Result<std::unique_ptr<Model>> build(const Architecture& architecture,
                                              const CompileConfig& config);
  /// The same model with the same weights and memory of its own. Allocates.
  [[nodiscard]] Result<std::unique_ptr<Model>> clone() const;

  [[nodiscard]] const Architecture& architecture() const { return architecture_; }
  [[nodiscard]] const CompileConfig& config() const { return config_; }
  [[nodiscard]] const Network& network() const { return network_; }
  [[nodiscard]] const Layout& layout() const { return network_.layout(); }
  [[nodiscard]] std::size_t parameter_count() const { return layout().total_count(); }
  [[nodiscard]] std::size_t trainable_count() const { return layout().trainable_count(); }
  /// Floats per sample.
  [[nodiscard]] std::size_t input_size() const { return input_size_; }
  [[nodiscard]] std::size_t output_size() const { return output_size_; }
  /// Of the outputs with a loss: one per row for losses with sparse targets, else as the output.
  [[nodiscard]] std::size_t target_size() const { return heads_.target_size(); }
  [[nodiscard]] std::size_t max_batch_size() const { return config_.max_batch_size; }

  /// All variables as `layout()` says, 64-byte aligned; the address never changes.
  [[nodiscard]] std::span<float> parameters() { return parameters_.span(); }
  [[nodiscard]] std::span<const float> parameters() const { return parameters_.span(); }
  /// The part of `parameters()` that learns: its front.
  [[nodiscard]] std::span<float> trainable() { return parameters().first(trainable_count()); }
  /// `trainable_count()` floats: of the batch's mean loss, after `compute_gradients`.
  [[nodiscard]] std::span<const float> gradients() const { return gradients_.span(); }

  /// Gives every variable its layer's initial values; the same for the same seed on every machine.
  void initialize(std::uint64_t seed);
  /// In Keras' order of `get_weights()`: layer by layer. Allocates.
  [[nodiscard]] std::vector<Weight> get_weights() const;
  /// In the same order; names do not matter. kInvalid when their number or a shape differs; then
  /// nothing was changed.
  Result<void> set_weights(std::span<const Weight> weights);
  /// Indices of `layout().variables()` in that order.
  [[nodiscard]] std::span<const std::size_t> keras_order() const { return keras_order_; }

  /// A training pass forth and back over `n` samples, 1 <= n <= max_batch_size. `step_seed` decides
  /// what dropout drops. `sample_weights`: n or none. Changes the moving statistics of layers that
  /// have them.
  BatchResult compute_gradients(std::span<const float> x, std::span<const float> y, std::size_t n,
                                std::uint64_t step_seed,
                                std::span<const float> sample_weights = {});
  BatchResult evaluate(std::span<const float> x, std::span<const float> y, std::size_t n,
                       std::span<const float> sample_weights = {});
  /// `n * output_size()` floats, valid until the next call.
  std::span<const float> predict(std::span<const float> x, std::size_t n);
  /// After the optimizer's step: brings variables with a Keras constraint back into it.
  void constrain();

  /// The metrics' sums over every batch since `reset_metrics`: those of several models, or moments,
  /// are added element by element.
  [[nodiscard]] std::span<double> metric_sums() { return heads_.metric_sums(); }
  void reset_metrics();
  /// A list of every metric's name, config, row size and whether its targets are sparse.
  [[nodiscard]] nlohmann::json metric_facts() const { return heads_.metric_facts(); }
  /// What such sums mean. Allocates.
  [[nodiscard]] std::vector<MetricValue> metric_values(std::span<const double> sums) const {
    return heads_.metric_values(sums);
  }

 private:
  Model(Architecture architecture, CompileConfig config, Network network, Heads heads);
  Result<void> allocate();
  Result<void> read_rules();
  void forward(std::span<const float> x, std::size_t n, bool training, std::uint64_t seed);
  double add_penalties(bool to_gradients);

  Architecture architecture_;
  CompileConfig config_;
  Network network_;
  Heads heads_;
  std::size_t input_size_ = 0;
  std::size_t output_size_ = 0;
  std::vector<std::size_t> keras_order_;
  /// Of the variables that have them, by layout index.
  std::vector<std::pair<std::size_t, Regularizer>> regularizers_;
  std::vector<std::pair<std::size_t, Constraint>> constraints_;
  FloatBuffer parameters_;
  FloatBuffer gradients_;
  std::vector<FloatBuffer> inputs_;  ///< With several inputs: each one's samples together.
  std::vector<std::size_t> input_sizes_;
  std::vector<const float*> input_pointers_;
  FloatBuffer predictions_;  ///< With several outputs.
  std::vector<std::size_t> output_sizes_;
};

}  // namespace dk::model
