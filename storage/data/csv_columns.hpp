// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"
#include "storage/data/schema.hpp"
#include "storage/data/source_config.hpp"
#include "storage/data/vocabulary.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dk::storage {

/// A column of texts.
struct CsvTexts {
  std::string field;   ///< Its field in the schema.
  std::string column;  ///< Its name there.
  bool of_labels = false;
  bool hashed = false;
  /// Null: not known yet; also when it is hashed.
  std::shared_ptr<const Vocabulary> classes;
};

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
  /// Of each float of x, and of y: its column of texts, or kNumber. Empty: numbers only.
  std::vector<std::uint32_t> feature_texts;
  std::vector<std::uint32_t> label_texts;
  std::vector<CsvTexts> texts;

  static constexpr std::uint32_t kNumber = 0xffffffff;
};

/// `first` is the first row as it stands in the file, `place` where that is. A column may be both
/// feature and label. kInvalid names a column that is not there, or a first row that is neither a
/// header nor a row of numbers.
Result<CsvColumns> choose_csv_columns(const SourceConfig& config,
                                      std::span<const std::string_view> first,
                                      const std::string& place);

}  // namespace dk::storage
