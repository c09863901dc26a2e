// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"
#include "storage/data/row_parser.hpp"
#include "storage/data/source_config.hpp"

#include <memory>

namespace dk::storage {

/// LIBSVM's sparse rows: `LABEL NUMBER:VALUE NUMBER:VALUE ...`, the numbers ascending from 1 on
/// (from 0 with `zero_based`) up to `config.size` features; what is not named is 0; `#` starts a
/// comment. The label becomes y, unless `config.labels` is empty. The text is not looked at.
/// kInvalid without a size.
Result<std::unique_ptr<RowParser>> make_libsvm_parser(const SourceConfig& config,
                                                      std::string_view text, bool at_end,
                                                      const std::string& file);

}  // namespace dk::storage
