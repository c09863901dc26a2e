// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"
#include "model/losses/loss.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace dk::model {

/// What a metric must know about the output that it watches.
struct MetricTarget {
  bool sparse_targets = false;  ///< Of the output's loss.
  /// The outputs are logits of this activation, because the loss took it over: `softmax`,
  /// `sigmoid`, or empty.
  std::string_view logits_of{};
  std::size_t size = 1;  ///< Of a row.
};

/// A Keras metric. Its state is a few sums: those of two batches, or of two workers, are added
/// element by element, so that a metric of a whole cluster is exact. Holds no state but scratch
/// memory: not for several threads at once. Nothing allocates in `add`. A row of weight 0 counts
/// for nothing, whatever it holds.
class Metric {
 public:
  virtual ~Metric() = default;

  /// As Keras names it in its history: `accuracy`, `auc`, or the given `name`.
  [[nodiscard]] virtual const std::string& name() const = 0;
  /// Keras' object of class name and arguments, for files; `make_metric` reads it back. Of
  /// `accuracy` it is that string.
  [[nodiscard]] virtual nlohmann::json config() const = 0;
  /// How many sums it needs.
  [[nodiscard]] virtual std::size_t sum_count() const = 0;
  /// Adds the batch (`gradient` and `scale` unused) to the sums.
  virtual void add(const LossBatch& batch, std::span<double> sums) const = 0;
  /// The metric's value for these sums; NaN when there was nothing to measure, except for rates of
  /// counts, which Keras has be 0.
  [[nodiscard]] virtual double value(std::span<const double> sums) const = 0;
  /// More than one number, such as a confusion matrix, row major; empty for all others.
  [[nodiscard]] virtual std::vector<double> table(std::span<const double> /*sums*/) const {
    return {};
  }
};

/// From Keras' name, alias or class (`"accuracy"`, `"acc"`), or an object: `{"name": "auc", ...}`,
/// Keras' `{"class_name": "AUC", "config": {...}}`. `accuracy` chooses as Keras does: one output:
/// binary (above 0.5), sparse targets: sparse categorical, else categorical. All others, with their
/// arguments, are in accuracy.hpp, auc.hpp, confusion.hpp and regression.hpp; every loss is a
/// metric too. kInvalid when it is unknown or does not fit the output.
[[nodiscard]] Result<std::unique_ptr<Metric>> make_metric(const nlohmann::json& config,
                                                          const MetricTarget& target);
[[nodiscard]] std::vector<std::string> known_metrics();

}  // namespace dk::model
