// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"
#include "storage/data/source_config.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

namespace dk::storage {

/// A share of the rows, drawn by the seed: after a shuffle of all rows, those from the fraction
/// `begin` up to `end`. Parts with the same seed that do not overlap have no row in common.
struct Part {
  double begin = 0;
  double end = 1;
  /// Drawn from each class by itself, so that all parts have it in the same proportion. The class
  /// is the label, or the place of the largest of several.
  bool stratified = false;
  std::uint64_t seed = 0;

  [[nodiscard]] bool is_all() const { return begin == 0 && end == 1; }
  bool operator==(const Part&) const = default;
};

/// Every class with as many rows as the largest has (some of them several times), or as the
/// smallest (some of them not at all).
enum class ClassBalance { kNone, kOversample, kUndersample };

inline constexpr std::uint64_t kDefaultDataMemory = std::uint64_t{256} << 20;

/// A data set: where its rows lie, which of them it has, and what is done to each on its way into a
/// batch.
struct DataConfig {
  SourceConfig source{};
  /// As Pipeline takes them: `[{"min_max": {...}}, {"one_hot": 10}]`.
  nlohmann::json transforms = nlohmann::json::array();
  /// Rows that need more stay on the disk and are read when they are needed.
  std::uint64_t memory_bytes = kDefaultDataMemory;
  Part part{};
  ClassBalance balance = ClassBalance::kNone;
  bool operator==(const DataConfig&) const = default;
};

/// The canonical JSON form.
[[nodiscard]] nlohmann::json to_json(const DataConfig& config);
/// The inverse; kCorrupt when it is not what `to_json` writes. `path` is the object's own name.
[[nodiscard]] Result<DataConfig> data_config_from_json(const nlohmann::json& json,
                                                       const std::string& path);

}  // namespace dk::storage
