// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/csv.hpp"

#include "base/checksum.hpp"
#include "storage/data/csv_columns.hpp"
#include "storage/data/csv_record.hpp"

#include <algorithm>
#include <limits>

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
    name_texts();
  }

  [[nodiscard]] std::size_t open_texts() const override {
    const auto open = std::count_if(columns_.texts.begin(), columns_.texts.end(), is_open);
    return static_cast<std::size_t>(open);
  }

  [[nodiscard]] std::shared_ptr<const RowParser> with_texts(
      const std::vector<TextSet>& texts) const override {
    auto parser = std::make_shared<CsvParser>(*this);
    auto found = texts.begin();
    for (auto& column : parser->columns_.texts) {
      if (is_open(column)) {
        column.classes = std::make_shared<Vocabulary>(Vocabulary::sorted(*found++));
      }
    }
    parser->name_texts();
    return parser;
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
    if (!read(fields, columns_.features, columns_.feature_texts, may_miss_, x, row)) return row;
    if (!read(fields, columns_.labels, columns_.label_texts, false, y, row)) return row;
    if (!scratch.texts.empty()) collect(scratch, row);
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
  static bool is_open(const CsvTexts& column) { return !column.hashed && !column.classes; }

  void name_texts() {
    schema_ = columns_.schema;
    for (const auto& column : columns_.texts) {
      if (!column.classes) continue;
      auto& fields = column.of_labels ? schema_.labels : schema_.features;
      const auto field = std::find_if(fields.begin(), fields.end(),
                                      [&](const Field& own) { return own.name == column.field; });
      field->texts[column.column] = column.classes->texts();
    }
  }

  /// Adds the texts of a good row to those that are open.
  void collect(Scratch& scratch, ParsedRow& row) const {
    const auto add = [&](const auto& columns, const auto& texts) {
      for (std::size_t i = 0; i < texts.size(); ++i) {
        if (texts[i] == CsvColumns::kNumber || !is_open(columns_.texts[texts[i]])) continue;
        const auto before = columns_.texts.begin() + texts[i];
        auto& set = scratch.texts[static_cast<std::size_t>(
            std::count_if(columns_.texts.begin(), before, is_open))];
        const auto field = scratch.fields[columns[i]];
        float number = 0;
        if (set.contains(field) || parse_number(field, number) == NumberKind::kMissing) continue;
        set.insert(unescape_csv(field));
        if (set.size() <= Vocabulary::kMostTexts) continue;
        row.kind = Kind::kFatal;
        row.fault = fmt::format(
            "{}: more than {} different texts, which are no classes; a hash transform takes any "
            "number of them",
            place_of(columns[i]), Vocabulary::kMostTexts);
      }
    };
    add(columns_.features, columns_.feature_texts);
    add(columns_.labels, columns_.label_texts);
  }

  /// The number of a text; kText when it has none.
  NumberKind read_text(const CsvTexts& column, std::string_view field, float& out) const {
    constexpr std::uint64_t kExactInFloat = 0xffffff;
    if (const auto kind = parse_number(field, out);
        kind == NumberKind::kMissing || (kind == NumberKind::kFinite && column.hashed)) {
      return kind;
    }
    const bool quotes = field.find('"') != std::string_view::npos;
    const auto own = quotes ? unescape_csv(field) : std::string();
    const auto text = quotes ? std::string_view(own) : field;
    if (column.hashed) {
      // Below zero, where categories that are numbers seldom are.
      out = -1 - static_cast<float>(checksum(std::as_bytes(std::span(text))) & kExactInFloat);
      return NumberKind::kFinite;
    }
    out = 0;
    if (text.size() > Vocabulary::kMostTextBytes) return NumberKind::kText;
    if (!column.classes) return NumberKind::kFinite;
    const auto found = column.classes->find(text);
    if (!found) return NumberKind::kText;
    out = static_cast<float>(*found);
    return NumberKind::kFinite;
  }

  /// False with the fault in `row` when a field is not what its column has.
  bool read(const std::vector<std::string_view>& fields, const std::vector<std::uint32_t>& columns,
            const std::vector<std::uint32_t>& texts, bool may_miss, float* out,
            ParsedRow& row) const {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto column = columns[i];
      const bool is_text = !texts.empty() && texts[i] != CsvColumns::kNumber;
      auto kind = is_text ? read_text(columns_.texts[texts[i]], fields[column], *out)
                          : parse_number_quickly(fields[column], *out);
      if (!missing_.empty() && is_missing(fields[column])) kind = NumberKind::kMissing;
      if (kind == NumberKind::kMissing && may_miss) {
        *out = std::numeric_limits<float>::quiet_NaN();
      } else if (kind != NumberKind::kFinite) {
        row.kind = Kind::kBad;
        const bool is_class = is_text && kind == NumberKind::kText;
        row.fault = is_class ? class_fault(column, fields[column], columns_.texts[texts[i]])
                             : fault(column, fields[column], kind, &columns == &columns_.labels);
        return false;
      }
      ++out;
    }
    return true;
  }

  [[nodiscard]] bool is_missing(std::string_view field) const {
    return std::find(missing_.begin(), missing_.end(), field) != missing_.end();
  }

  [[nodiscard]] std::string place_of(std::uint32_t column) const {
    return columns_.names.empty() ? fmt::format("column {}", column)
                                  : fmt::format("column {} ({})", column, columns_.names[column]);
  }

  [[nodiscard]] std::string class_fault(std::uint32_t column, std::string_view field,
                                        const CsvTexts& texts) const {
    if (field.size() > Vocabulary::kMostTextBytes || !texts.classes) {
      return fmt::format("{}: {} has {} bytes; a class has up to {}", place_of(column),
                         shown(field), field.size(), Vocabulary::kMostTextBytes);
    }
    return fmt::format("{}: {} is none of the training set's {}", place_of(column), shown(field),
                       texts.classes->describe());
  }

  [[nodiscard]] std::string fault(std::uint32_t column, std::string_view field, NumberKind kind,
                                  bool is_label) const {
    const auto place = place_of(column);
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
        return fmt::format("{}: {} is not a number; {}", place, shown(field),
                           is_label ? "a label_index transform makes classes of texts"
                                    : "label_index and hash transforms take texts");
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
