// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/csv_record.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dk::storage {
namespace {

using Kind = ParsedRow::Kind;

struct Cursor {
  const char* at;
  const char* end;
  bool at_end;
};

/// The field in quotes at the cursor, which then stands behind the closing quote. kRow when it
/// ends.
ParsedRow take_quoted(Cursor& cursor, std::string_view& field) {
  ParsedRow result;
  const char* begin = ++cursor.at;
  while (true) {
    cursor.at = std::find(cursor.at, cursor.end, '"');
    if (cursor.at == cursor.end) {
      result.kind = cursor.at_end ? Kind::kFatal : Kind::kMore;
      result.fault = "a quote is not closed";
      return result;
    }
    const bool last = cursor.at + 1 == cursor.end;
    if (last && !cursor.at_end) return result;
    if (last || cursor.at[1] != '"') break;
    cursor.at += 2;
  }
  field = {begin, static_cast<std::size_t>(cursor.at - begin)};
  result.lines = static_cast<std::uint32_t>(std::count(field.begin(), field.end(), '\n'));
  ++cursor.at;
  result.kind = Kind::kRow;
  return result;
}

/// Up to the next delimiter or line end. False when the text ends before that is known.
bool take_plain(Cursor& cursor, char delimiter, std::string_view& field) {
  const char* begin = cursor.at;
  const char* at = begin;
  while (at != cursor.end && *at != delimiter && *at != '\n') ++at;
  cursor.at = at;
  if (at == cursor.end && !cursor.at_end) return false;
  const char* last = at;
  if (last != begin && last[-1] == '\r' && (at == cursor.end || *at == '\n')) --last;
  field = {begin, static_cast<std::size_t>(last - begin)};
  return true;
}

/// Whether a field, a row or the file may end at the cursor, whose carriage return it passes over.
bool ends_field(Cursor& cursor, char delimiter) {
  if (cursor.at == cursor.end || *cursor.at == delimiter || *cursor.at == '\n') return true;
  const bool line_end = *cursor.at == '\r' && (cursor.at + 1 == cursor.end || cursor.at[1] == '\n');
  if (line_end) ++cursor.at;
  return line_end;
}

void skip_line(Cursor& cursor) {
  cursor.at = std::find(cursor.at, cursor.end, '\n');
}

}  // namespace

ParsedRow split_csv_record(std::string_view text, bool at_end, char delimiter,
                           std::vector<std::string_view>& fields) {
  Cursor cursor{text.data(), text.data() + text.size(), at_end};
  fields.clear();
  ParsedRow row;
  while (true) {
    std::string_view field;
    if (cursor.at != cursor.end && *cursor.at == '"') {
      auto quoted = take_quoted(cursor, field);
      row.lines += quoted.lines;
      if (quoted.kind != Kind::kRow) return quoted;
      if (cursor.end - cursor.at < 2 && !at_end) return {};
      if (!ends_field(cursor, delimiter)) {
        skip_line(cursor);
        if (cursor.at == cursor.end && !at_end) return {};
        row.kind = Kind::kBad;
        row.fault = fmt::format("column {}: text follows the closing quote of {}", fields.size(),
                                shown(field));
        break;
      }
    } else if (!take_plain(cursor, delimiter, field)) {
      return {};
    }
    fields.push_back(field);
    if (cursor.at == cursor.end || *cursor.at == '\n') {
      const bool blank = fields.size() == 1 && fields[0].empty() && text.front() != '"';
      row.kind = blank ? Kind::kBlank : Kind::kRow;
      break;
    }
    ++cursor.at;
  }
  if (cursor.at != cursor.end) ++cursor.at;
  row.bytes = static_cast<std::size_t>(cursor.at - text.data());
  ++row.lines;
  return row;
}

ParsedRow skip_to_csv_record(std::string_view text, bool at_end) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  ParsedRow row;
  row.kind = Kind::kFatal;
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    row.fault = "is UTF-16 text; UTF-8 is read";
    return row;
  }
  if (text.starts_with(kMark)) row.bytes = kMark.size();
  while (row.bytes < text.size() && (text[row.bytes] == '\n' || text[row.bytes] == '\r')) {
    row.lines += text[row.bytes] == '\n' ? 1 : 0;
    ++row.bytes;
  }
  if (row.bytes == text.size()) {
    row.kind = at_end ? Kind::kFatal : Kind::kMore;
    row.fault = "has no rows";
    return row;
  }
  row.kind = Kind::kRow;
  return row;
}

std::string unescape_csv(std::string_view field) {
  std::string text;
  for (std::size_t i = 0; i < field.size(); ++i) {
    text += field[i];
    if (field[i] == '"' && i + 1 < field.size() && field[i + 1] == '"') ++i;
  }
  return text;
}

}  // namespace dk::storage
