// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/job_metrics.hpp"

#include <cmath>

namespace dk {

Result<JobMetrics> JobMetrics::make(const nlohmann::json& facts) {
  JobMetrics metrics;
  if (!facts.is_array()) return fail(Errc::kCorrupt, "a job's metrics are no list");
  for (const auto& fact : facts) {
    if (!fact.is_object() || !fact.contains("name") || !fact.contains("config") ||
        !fact["name"].is_string() || !fact.contains("size") || !fact["size"].is_number_unsigned() ||
        !fact.contains("sparse") || !fact["sparse"].is_boolean()) {
      return fail(Errc::kCorrupt, "a job's metric has no name, config, size or sparse");
    }
    DK_TRY_ASSIGN(auto metric,
                  model::make_metric(fact["config"], {.sparse_targets = fact["sparse"].get<bool>(),
                                                      .logits_of = {},
                                                      .size = fact["size"].get<std::size_t>()}));
    metrics.sum_count_ += metric->sum_count();
    metrics.entries_.push_back({fact["name"].get<std::string>(), std::move(metric)});
  }
  return metrics;
}

nlohmann::json JobMetrics::values(std::span<const double> sums) const {
  auto values = nlohmann::json::object();
  std::size_t first = 0;
  for (const auto& [name, metric] : entries_) {
    auto& value = values[name] = nullptr;
    if (sums.size() != sum_count_) continue;
    const double number = metric->value(sums.subspan(first, metric->sum_count()));
    first += metric->sum_count();
    if (std::isfinite(number)) value = number;
  }
  return values;
}

nlohmann::json JobMetrics::tables(std::span<const double> sums) const {
  auto tables = nlohmann::json::object();
  if (sums.size() != sum_count_) return tables;
  std::size_t first = 0;
  for (const auto& [name, metric] : entries_) {
    auto table = metric->table(sums.subspan(first, metric->sum_count()));
    first += metric->sum_count();
    if (!table.empty()) tables[name] = std::move(table);
  }
  return tables;
}

nlohmann::json JobMetrics::accuracy(const nlohmann::json& values) {
  for (const auto& [name, value] : values.items()) {
    if (name.ends_with("accuracy") || name.ends_with("acc")) return value;
  }
  return nullptr;
}

}  // namespace dk
