// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/metrics/metric.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <vector>

namespace dk::model {

inline std::unique_ptr<Metric> metric(const nlohmann::json& config, const MetricTarget& target) {
  auto made = make_metric(config, target);
  if (!made) throw std::runtime_error(made.error().message);
  return std::move(*made);
}

struct Measured {
  std::vector<float> outputs;
  std::vector<float> targets;
  std::vector<float> weights{};
};

inline std::vector<double> sums_of(const Metric& metric, std::size_t size, const Measured& rows) {
  std::vector<double> sums(metric.sum_count());
  LossBatch batch{.outputs = rows.outputs.data(), .targets = rows.targets.data()};
  batch.weights = rows.weights.empty() ? nullptr : rows.weights.data();
  batch.rows = rows.outputs.size() / size;
  batch.size = size;
  metric.add(batch, sums);
  return sums;
}

inline double value_of(const nlohmann::json& config, const MetricTarget& target,
                       const Measured& rows) {
  const auto made = metric(config, target);
  return made->value(sums_of(*made, target.size, rows));
}

inline std::vector<double> table_of(const nlohmann::json& config, const MetricTarget& target,
                                    const Measured& rows) {
  const auto made = metric(config, target);
  return made->table(sums_of(*made, target.size, rows));
}

inline std::string refused(const nlohmann::json& config, const MetricTarget& target) {
  const auto made = make_metric(config, target);
  return made ? "not refused" : made.error().message;
}

}  // namespace dk::model
