// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/csv_columns.hpp"

#include "base/did_you_mean.hpp"
#include "storage/data/csv_record.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace dk::storage {
namespace {

/// Whether the first row is a header.
Result<bool> is_header(std::span<const std::string_view> first, const std::string& place) {
  std::size_t numbers = 0;
  for (const auto field : first) {
    float number = 0;
    if (parse_number(field, number) != NumberKind::kText) ++numbers;
  }
  if (numbers == 0) return true;
  if (numbers == first.size()) return false;
  return fail(Errc::kInvalid,
              "{}: the first row has {} numbers and {} texts: is it the names of the columns? say "
              "header: true or header: false",
              place, numbers, first.size() - numbers);
}

/// A column's number; nothing unless `text` is one. Negative ones count from the end.
std::optional<std::int64_t> number_of(std::string_view text, std::size_t count) {
  std::int64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number < 0 ? number + static_cast<std::int64_t>(count) : number;
}

class Chooser {
 public:
  Chooser(std::span<const std::string> names, std::size_t count, const std::string& place)
      : names_(names), count_(count), place_(place) {}

  /// The columns of one text: a name, a number or a range.
  Result<void> add(const std::string& text, std::vector<std::uint32_t>& columns) const {
    const auto named = std::count(names_.begin(), names_.end(), text);
    if (named > 1) {
      return fail(Errc::kInvalid, "{}: {} columns are called {}; name them by number", place_,
                  named, shown(text));
    }
    if (named == 1) {
      const auto found = std::find(names_.begin(), names_.end(), text);
      columns.push_back(static_cast<std::uint32_t>(found - names_.begin()));
      return {};
    }
    if (const auto number = number_of(text, count_))
      return add_range(text, *number, *number, columns);
    const auto dash = text.find('-', 1);
    if (dash != std::string::npos) {
      const auto from = number_of(std::string_view(text).substr(0, dash), count_);
      const auto to = number_of(std::string_view(text).substr(dash + 1), count_);
      if (from && to) return add_range(text, *from, *to, columns);
    }
    if (names_.empty()) {
      return fail(Errc::kInvalid,
                  "{}: no column {}: the table has no header; allowed are numbers from 0 to {}",
                  place_, shown(text), count_ - 1);
    }
    return fail(Errc::kInvalid, "{}: no column {}{}", place_, shown(text),
                did_you_mean(text, names_.first(std::min<std::size_t>(names_.size(), 50))));
  }

 private:
  Result<void> add_range(const std::string& text, std::int64_t from, std::int64_t to,
                         std::vector<std::uint32_t>& columns) const {
    const auto count = static_cast<std::int64_t>(count_);
    if (from < 0 || from > to || to >= count) {
      return fail(Errc::kInvalid,
                  "{}: no column {}: the row has {}; allowed are numbers from 0 to {}", place_,
                  shown(text), count, count - 1);
    }
    for (auto column = from; column <= to; ++column) {
      columns.push_back(static_cast<std::uint32_t>(column));
    }
    return {};
  }

  std::span<const std::string> names_;
  std::size_t count_;
  const std::string& place_;
};

Result<void> add_fields(const Chooser& chooser, const std::vector<FieldSource>& sources,
                        std::string_view kind, const std::vector<std::string>& names,
                        std::vector<std::uint32_t>& columns, std::vector<Field>& fields) {
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const auto begin = columns.size();
    for (const auto& text : sources[i].columns) DK_TRY(chooser.add(text, columns));
    const auto size = columns.size() - begin;
    Field field;
    field.name = sources[i].name;
    if (field.name.empty() && size == 1 && !names.empty()) field.name = names[columns[begin]];
    if (field.name.empty()) {
      field.name = sources.size() == 1 ? std::string(kind) : fmt::format("{}_{}", kind, i + 1);
    }
    if (size > 1) {
      field.shape = {size};
      for (const auto column : std::span(columns).subspan(begin)) {
        field.columns.push_back(names.empty() ? std::to_string(column) : names[column]);
      }
    }
    fields.push_back(std::move(field));
  }
  return {};
}

/// What a field says of one of its columns.
const TextSource* text_of(const FieldSource& source, const Field& field,
                          const std::string& column) {
  for (const auto& text : source.texts) {
    const bool of_field = text.name.empty() || text.name == field.name;
    const bool whole = of_field && (text.hashed || field.shape.empty());
    if (whole || text.name == column) return &text;
  }
  return nullptr;
}

/// Which of the floats of `fields` are texts.
void add_texts(const std::vector<FieldSource>& sources, const std::vector<Field>& fields,
               bool of_labels, std::vector<std::uint32_t>& numbers, std::vector<CsvTexts>& texts) {
  bool any = false;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto& field = fields[i];
    for (std::size_t at = 0; at < field.size(); ++at) {
      const auto& column = field.columns.empty() ? field.name : field.columns[at];
      const auto* text = text_of(sources[i], field, column);
      numbers.push_back(text == nullptr ? CsvColumns::kNumber
                                        : static_cast<std::uint32_t>(texts.size()));
      if (text == nullptr) continue;
      any = true;
      auto classes = text->texts.empty() ? nullptr : std::make_shared<Vocabulary>(text->texts);
      texts.push_back({field.name, column, of_labels, text->hashed, std::move(classes)});
    }
  }
  if (!any) numbers.clear();
}

/// Every column that is no label, for fields that name no columns.
std::vector<FieldSource> with_all_columns(std::vector<FieldSource> sources, std::size_t count,
                                          const std::vector<std::uint32_t>& labels) {
  if (sources.empty()) sources.emplace_back();
  for (auto& source : sources) {
    if (!source.columns.empty()) continue;
    for (std::uint32_t column = 0; column < count; ++column) {
      if (std::find(labels.begin(), labels.end(), column) == labels.end()) {
        source.columns.push_back(std::to_string(column));
      }
    }
  }
  return sources;
}

}  // namespace

Result<CsvColumns> choose_csv_columns(const SourceConfig& config,
                                      std::span<const std::string_view> first,
                                      const std::string& place) {
  CsvColumns columns;
  columns.count = first.size();
  bool header = false;
  if (config.header) {
    header = *config.header;
  } else {
    DK_TRY_ASSIGN(header, is_header(first, place));
  }
  if (header) {
    for (const auto field : first) columns.names.push_back(unescape_csv(field));
  }
  const Chooser chooser(columns.names, columns.count, place);
  DK_TRY(add_fields(chooser, config.labels, "labels", columns.names, columns.labels,
                    columns.schema.labels));
  const Chooser by_number({}, columns.count, place);
  const bool all = std::all_of(config.features.begin(), config.features.end(),
                               [](const auto& field) { return field.columns.empty(); });
  const auto features = with_all_columns(config.features, columns.count, columns.labels);
  DK_TRY(add_fields(all ? by_number : chooser, features, "features", columns.names,
                    columns.features, columns.schema.features));
  add_texts(features, columns.schema.features, false, columns.feature_texts, columns.texts);
  add_texts(config.labels, columns.schema.labels, true, columns.label_texts, columns.texts);
  if (columns.features.empty()) {
    return fail(Errc::kInvalid, "{}: no column is left for the features", place);
  }
  return columns;
}

}  // namespace dk::storage
