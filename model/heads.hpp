// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/architecture.hpp"
#include "model/compile_config.hpp"
#include "model/graph/network.hpp"
#include "model/losses/loss.hpp"
#include "model/metrics/metric.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace dk::model {

/// Sums over a batch.
struct BatchResult {
  /// Of the weighted losses and, once per sample, the regularizers' penalties.
  double loss_sum = 0;
  std::uint64_t samples = 0;
};

/// A metric's value, named as in Keras' history.
struct MetricValue {
  std::string name;
  double value = 0;
};

/// The losses and metrics at a model's outputs. A sample's loss is the weighted sum over the
/// outputs of the mean over the output's rows; rows behind a Keras mask do not count.
class Heads {
 public:
  /// Of `config`, for a network that is not yet planned: losses that can do better without their
  /// output's activation take it away. kInvalid when a name is unknown or does not fit.
  static Result<Heads> make(const CompileConfig& config, const Architecture& architecture,
                            Network& network);

  [[nodiscard]] bool has_loss() const { return !heads_.empty(); }
  /// Floats per sample.
  [[nodiscard]] std::size_t target_size() const { return target_size_; }
  [[nodiscard]] std::span<double> metric_sums() { return sums_; }
  [[nodiscard]] std::vector<MetricValue> metric_values(std::span<const double> sums) const;

  /// A list of every metric's name, config, row size and whether its targets are sparse: enough to
  /// read its sums elsewhere.
  [[nodiscard]] nlohmann::json metric_facts() const;

  /// The sum of the losses of `n` samples after `network`'s forward pass; adds to the metrics and,
  /// with `gradients`, writes the outputs' gradients of the mean. `sample_weights`: n or none.
  double measure(Network& network, std::span<const float> targets, std::size_t n,
                 std::span<const float> sample_weights, bool gradients);

 private:
  struct WatchingMetric {
    std::string name;
    std::unique_ptr<Metric> metric;
    std::size_t first_sum = 0;
  };
  struct Head {
    std::size_t output = 0;
    std::unique_ptr<Loss> loss;
    float weight = 1;
    std::size_t rows = 1;  ///< Per sample.
    std::size_t width = 1;
    std::size_t target_floats = 0;  ///< Per sample.
    std::string_view logits_of{};
    std::vector<WatchingMetric> metrics{};
    FloatBuffer row_weights{};
    FloatBuffer targets{};  ///< With several heads: this one's together.
  };

  Result<void> add_head(std::size_t output, const nlohmann::json& loss, const std::string& name,
                        Network& network);
  Result<void> add_metrics(Head& head, const nlohmann::json& metrics, const std::string& prefix);
  Result<void> read_class_weights(const nlohmann::json& config);
  const float* split_targets(Head& head, std::span<const float> targets, std::size_t n,
                             std::size_t first);
  const float* weigh_rows(Head& head, const float* mask, const float* targets, std::size_t n,
                          std::span<const float> sample_weights);
  [[nodiscard]] float class_weight(const Head& head, const float* target) const;

  std::vector<Head> heads_;
  std::vector<std::size_t> silent_;  ///< Outputs without a loss, and their floats per sample.
  std::vector<std::size_t> silent_floats_;
  std::vector<float> class_weights_;
  std::vector<double> sums_;
  std::size_t target_size_ = 0;
};

}  // namespace dk::model
