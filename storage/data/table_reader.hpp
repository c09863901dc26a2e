// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/data/byte_file.hpp"
#include "storage/data/reader.hpp"
#include "storage/data/row_parser.hpp"
#include "storage/data/source_config.hpp"

#include <memory>

namespace dk::storage {

/// Makes the parser of a format from how the first file begins.
using MakeRowParser = Result<std::unique_ptr<RowParser>> (*)(const SourceConfig& config,
                                                             std::string_view text, bool at_end,
                                                             const std::string& file);

/// The rows of a data set whose files are tables of text: csv, libsvm.
Result<std::shared_ptr<const Reader>> open_table(const SourceConfig& config, MakeRowParser make,
                                                 FileAccess& access);

}  // namespace dk::storage
