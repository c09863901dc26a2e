// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/data/row_parser.hpp"

namespace dk::storage {

/// Splits the record at the beginning of `text` into its fields: what lies between the delimiters,
/// or within the quotes (with quotes doubled as they are there).
ParsedRow split_csv_record(std::string_view text, bool at_end, char delimiter,
                           std::vector<std::string_view>& fields);

/// The byte order mark and blank lines in front of the first record: kRow when one follows, kFatal
/// when none does.
ParsedRow skip_to_csv_record(std::string_view text, bool at_end);

/// The text of a quoted field: "" is one quote.
[[nodiscard]] std::string unescape_csv(std::string_view field);

}  // namespace dk::storage
