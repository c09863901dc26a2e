// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"
#include "storage/data/schema.hpp"
#include "storage/data/source_config.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dk::storage {

/// Which columns of a table become which floats of a row.
struct CsvColumns {
  Schema schema;
  /// Columns per row.
  std::size_t count = 0;
  /// The header, or empty.
  std::vector<std::string> names;
  /// The column of each float of x, and of y.
  std::vector<std::uint32_t> features;
  std::vector<std::uint32_t> labels;
};

/// `first` is the first row as it stands in the file, `place` where that is. A column may be both
/// feature and label. kInvalid names a column that is not there, or a first row that is neither a
/// header nor a row of numbers.
Result<CsvColumns> choose_csv_columns(const SourceConfig& config,
                                      std::span<const std::string_view> first,
                                      const std::string& place);

}  // namespace dk::storage
