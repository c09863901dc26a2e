// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/config_reader.hpp"
#include "model/metrics/metric.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace dk::model {

/// A metric that can be made by name. `make` reads the arguments, asks `config.finish()` and may
/// refuse an output that does not fit; `name` is the metric's own.
struct MetricKind {
  std::string_view name;
  std::string_view class_name;  ///< Of Keras; empty for our own.
  Result<std::unique_ptr<Metric>> (*make)(ConfigReader& config, const MetricTarget& target,
                                          std::string name) = nullptr;
};

/// binary_accuracy, categorical_accuracy, ...: accuracy.hpp.
[[nodiscard]] std::span<const MetricKind> accuracy_metrics();
/// auc: auc.hpp.
[[nodiscard]] std::span<const MetricKind> auc_metrics();
/// precision, recall, f1_score, confusion_matrix: confusion.hpp.
[[nodiscard]] std::span<const MetricKind> confusion_metrics();
/// root_mean_squared_error, r2_score: regression.hpp.
[[nodiscard]] std::span<const MetricKind> regression_metrics();

/// A loss of this name and config, as a metric: regression.hpp.
[[nodiscard]] Result<std::unique_ptr<Metric>> make_mean_of_loss(std::string_view loss,
                                                                const nlohmann::json& config,
                                                                const MetricTarget& target,
                                                                std::string name);

/// kInvalid unless the targets are as many as the outputs.
[[nodiscard]] Result<void> need_dense_targets(const MetricTarget& target, std::string_view metric);

/// a / b, and 0 for x / 0, as Keras divides counts.
[[nodiscard]] inline double ratio(double a, double b) {
  return b == 0 ? 0 : a / b;
}

/// A row's weight.
[[nodiscard]] inline double weight_of(const LossBatch& batch, std::size_t row) {
  return batch.weights == nullptr ? 1.0 : static_cast<double>(batch.weights[row]);
}

/// Name and config, which all have.
class NamedMetric : public Metric {
 public:
  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] nlohmann::json config() const override { return config_; }

 protected:
  /// `arguments` without the name.
  NamedMetric(std::string_view class_name, std::string name, nlohmann::json arguments);

 private:
  std::string name_;
  nlohmann::json config_;
};

}  // namespace dk::model
