// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

namespace dk::storage {

/// One named part of a sample: a column of a table, or an array such as an image.
struct Field {
  std::string name;
  std::vector<std::size_t> shape;  ///< Of one sample; empty is a single number.
  /// What its numbers are called, size() of them; empty when they have no names. A vector out of
  /// several columns of a table has the columns' names.
  std::vector<std::string> columns{};
  /// Of columns (by their names; of one number: the field's) whose numbers stand for texts: those,
  /// 0 for the first.
  std::map<std::string, std::vector<std::string>> texts{};

  [[nodiscard]] std::size_t size() const {
    return std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>{});
  }

  bool operator==(const Field&) const = default;
};

/// What a row holds: the floats of its features, one field after the other, each row-major; then
/// the same of its labels.
struct Schema {
  std::vector<Field> features;
  std::vector<Field> labels;

  /// Floats of one sample.
  [[nodiscard]] std::size_t feature_size() const { return size_of(features); }
  [[nodiscard]] std::size_t label_size() const { return size_of(labels); }

  bool operator==(const Schema&) const = default;

 private:
  static std::size_t size_of(const std::vector<Field>& fields) {
    std::size_t size = 0;
    for (const auto& field : fields) size += field.size();
    return size;
  }
};

/// What a row may hold in all; more is refused in a schema that was written down.
inline constexpr std::uint64_t kMostRowFloats = std::uint64_t{1} << 24;

/// `{"features": [{"name": "x", "shape": [28, 28]}], "labels": [...]}`; a field with columns has
/// `"columns"` too.
[[nodiscard]] nlohmann::json to_json(const Schema& schema);
/// The inverse; other keys are passed over. kInvalid begins with `what` and the side that is wrong.
[[nodiscard]] Result<Schema> schema_from_json(const nlohmann::json& json, std::string_view what);

}  // namespace dk::storage
