// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"
#include "model/metrics/metric.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace dk {

/// What a job's metrics are, so that sums which workers send can be read without a model.
class JobMetrics {
 public:
  /// From what `model::Model::metric_facts` says; kCorrupt when it is something else.
  static Result<JobMetrics> make(const nlohmann::json& facts);

  [[nodiscard]] std::size_t sum_count() const { return sum_count_; }
  /// `{"accuracy": 0.87, "auc": 0.95}`; null where there was nothing to measure. `sums` has
  /// `sum_count()` elements, or is empty.
  [[nodiscard]] nlohmann::json values(std::span<const double> sums) const;
  /// `{"confusion_matrix": [50, 2, 1, 47]}`, row major: metrics that are more than one number.
  [[nodiscard]] nlohmann::json tables(std::span<const double> sums) const;
  /// The one of `values` that people call accuracy; null without one.
  [[nodiscard]] static nlohmann::json accuracy(const nlohmann::json& values);

 private:
  struct Entry {
    std::string name;
    std::unique_ptr<model::Metric> metric;
  };
  std::vector<Entry> entries_;
  std::size_t sum_count_ = 0;
};

}  // namespace dk
