// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/csv.hpp"

#include "storage/data/csv_columns.hpp"
#include "storage/data/csv_record.hpp"

#include <algorithm>

namespace dk::storage {
namespace {

using Kind = ParsedRow::Kind;

class CsvParser final : public RowParser {
 public:
  CsvParser(const SourceConfig& config, CsvColumns columns)
      : delimiter_(config.delimiter),
        missing_(config.missing),
        may_miss_(config.allow_missing),
        columns_(std::move(columns)) {
    schema_ = columns_.schema;
  }

  ParsedRow parse(std::string_view text, bool at_end, float* x, float* y,
                  Scratch& scratch) const override {
    auto row = split_csv_record(text, at_end, delimiter_, scratch.fields);
    if (row.kind != Kind::kRow) return row;
    const auto& fields = scratch.fields;
    if (fields.size() != columns_.count) {
      row.kind = Kind::kBad;
      row.fault = fmt::format("{} fields; the first row has {}", fields.size(), columns_.count);
      return row;
    }
    if (!read(fields, columns_.features, may_miss_, x, row)) return row;
    static_cast<void>(read(fields, columns_.labels, false, y, row));
    return row;
  }

  ParsedRow parse_start(std::string_view text, bool at_end, Scratch& scratch) const override {
    auto start = skip_to_csv_record(text, at_end);
    if (columns_.names.empty() || start.kind != Kind::kRow) return start;
    auto row = split_csv_record(text.substr(start.bytes), at_end, delimiter_, scratch.fields);
    row.bytes += start.bytes;
    row.lines += start.lines;
    if (row.kind != Kind::kRow) return row;
    const bool same =
        std::equal(scratch.fields.begin(), scratch.fields.end(), columns_.names.begin(),
                   columns_.names.end(), [](std::string_view field, const std::string& name) {
                     return unescape_csv(field) == name;
                   });
    if (!same) {
      row.kind = Kind::kFatal;
      row.fault = fmt::format("its header is not the first file's (which begins with {})",
                              shown(columns_.names.front()));
    }
    return row;
  }

 private:
  /// False with the fault in `row` when a field is no number.
  bool read(const std::vector<std::string_view>& fields, const std::vector<std::uint32_t>& columns,
            bool may_miss, float* out, ParsedRow& row) const {
    for (const std::uint32_t column : columns) {
      auto kind = parse_number_quickly(fields[column], *out);
      if (!missing_.empty() && is_missing(fields[column])) kind = NumberKind::kMissing;
      if (kind == NumberKind::kMissing && may_miss) {
        *out = std::numeric_limits<float>::quiet_NaN();
      } else if (kind != NumberKind::kFinite) {
        row.kind = Kind::kBad;
        row.fault = fault(column, fields[column], kind, &columns == &columns_.labels);
        return false;
      }
      ++out;
    }
    return true;
  }

  [[nodiscard]] bool is_missing(std::string_view field) const {
    return std::find(missing_.begin(), missing_.end(), field) != missing_.end();
  }

  [[nodiscard]] std::string fault(std::uint32_t column, std::string_view field, NumberKind kind,
                                  bool is_label) const {
    const auto place = columns_.names.empty()
                           ? fmt::format("column {}", column)
                           : fmt::format("column {} ({})", column, columns_.names[column]);
    switch (kind) {
      case NumberKind::kMissing:
        return fmt::format(
            "{}: {} is a missing value; {}", place, shown(field),
            is_label ? "a label must be there" : "an impute transform could fill it");
      case NumberKind::kInfinite:
        return fmt::format("{}: {} is infinite; allowed are finite numbers", place, shown(field));
      case NumberKind::kTooLarge:
        return fmt::format("{}: {} is beyond float32's range", place, shown(field));
      default:
        return fmt::format("{}: {} is not a number", place, shown(field));
    }
  }

  char delimiter_;
  std::vector<std::string> missing_;
  bool may_miss_;
  CsvColumns columns_;
};

}  // namespace

Result<std::unique_ptr<RowParser>> make_csv_parser(const SourceConfig& config,
                                                   std::string_view text, bool at_end,
                                                   const std::string& file) {
  std::vector<std::string_view> fields;
  const auto start = skip_to_csv_record(text, at_end);
  if (start.kind != Kind::kRow) return fail(Errc::kInvalid, "{}: {}", file, start.fault);
  const auto row = split_csv_record(text.substr(start.bytes), at_end, config.delimiter, fields);
  if (row.kind == Kind::kMore) {
    return fail(Errc::kInvalid, "{}:{}: its first row has more than {} bytes; is it CSV?", file,
                start.lines + 1, text.size());
  }
  if (row.kind != Kind::kRow) {
    return fail(Errc::kInvalid, "{}:{}: {}", file, start.lines + 1, row.fault);
  }
  const auto place = fmt::format("{}:{}", file, start.lines + 1);
  DK_TRY_ASSIGN(auto columns, choose_csv_columns(config, fields, place));
  return std::unique_ptr<RowParser>(new CsvParser(config, std::move(columns)));
}

}  // namespace dk::storage
