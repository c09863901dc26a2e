// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"
#include "storage/data/row_parser.hpp"
#include "storage/data/source_config.hpp"

#include <memory>

namespace dk::storage {

/// Comma-separated values as RFC 4180 has them: fields in double quotes may hold delimiters and
/// line ends; lines end with LF or CRLF; blank lines are passed over; every row has as many fields.
/// `text` is how the first file begins (`at_end`: all of it) and `file` its name: from its first
/// row, which is the header or is like all the others, follows what the columns of `config` mean.
/// kInvalid, also when the first row does not end in `text`.
Result<std::unique_ptr<RowParser>> make_csv_parser(const SourceConfig& config,
                                                   std::string_view text, bool at_end,
                                                   const std::string& file);

}  // namespace dk::storage
