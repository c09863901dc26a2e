// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/data/schema.hpp"
#include "storage/data/vocabulary.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dk::storage {

/// What a parser found at the beginning of some text.
struct ParsedRow {
  enum class Kind {
    kRow,    ///< A good row.
    kBlank,  ///< A line that holds no row.
    kBad,    ///< A row that can be skipped: `fault` says why.
    kFatal,  ///< Nothing after it can be trusted: `fault` says why.
    kMore    ///< The row does not end within the text.
  };
  Kind kind = Kind::kMore;
  /// Up to the next row, with the line's end.
  std::size_t bytes = 0;
  std::uint32_t lines = 0;
  /// "column 3 (age): 'abc' is not a number".
  std::string fault;
};

/// The grammar of one text format. Thread-safe.
class RowParser {
 public:
  /// What a thread lends; keeps its memory from row to row.
  struct Scratch {
    std::vector<std::string_view> fields;
    /// Of a parser with open texts: those of the good rows so far.
    std::vector<TextSet> texts;
  };

  virtual ~RowParser() = default;

  [[nodiscard]] const Schema& schema() const { return schema_; }
  /// Parses the first row of `text`; `at_end` says that nothing follows. Writes a good row's
  /// feature_size() and label_size() floats, and may write to them in other cases.
  virtual ParsedRow parse(std::string_view text, bool at_end, float* x, float* y,
                          Scratch& scratch) const = 0;
  /// Columns of texts whose classes are not known: `parse` then gives 0 and adds to the scratch's
  /// `texts`, which has a set for each. kFatal when one has too many.
  [[nodiscard]] virtual std::size_t open_texts() const { return 0; }
  /// The same parser with the classes of those columns.
  [[nodiscard]] virtual std::shared_ptr<const RowParser> with_texts(
      const std::vector<TextSet>& texts) const {
    static_cast<void>(texts);
    return nullptr;
  }
  /// What stands before the first row of each file: its end, and its lines, or why it is refused.
  virtual ParsedRow parse_start(std::string_view text, bool at_end, Scratch& scratch) const = 0;

 protected:
  RowParser() = default;
  RowParser(const RowParser&) = default;
  RowParser& operator=(const RowParser&) = default;

  Schema schema_;
};

/// How a field of text is to be read as a number.
enum class NumberKind { kFinite, kMissing, kInfinite, kTooLarge, kText };

/// Python's `numpy.float32(float(text))`: rounded to float64 and then to float32; spaces around it
/// do not matter. Missing: empty, NA, N/A, NaN, nan, null, NULL.
[[nodiscard]] NumberKind parse_number(std::string_view text, float& number);

/// The same; digits alone, which most tables are full of, are read here.
[[nodiscard]] inline NumberKind parse_number_quickly(std::string_view text, float& number) {
  constexpr std::size_t kExactDigits = 7;
  if (text.empty() || text.size() > kExactDigits) return parse_number(text, number);
  std::uint32_t value = 0;
  for (const char c : text) {
    const auto digit = static_cast<unsigned char>(c) - unsigned{'0'};
    if (digit > 9) return parse_number(text, number);
    value = value * 10 + digit;
  }
  number = static_cast<float>(value);
  return NumberKind::kFinite;
}

/// For messages: in quotes, control characters replaced, cut when it is long.
[[nodiscard]] std::string shown(std::string_view text);

}  // namespace dk::storage
