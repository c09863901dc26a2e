// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/data/data_config.hpp"
#include "storage/data/row_store.hpp"
#include "storage/data/schema.hpp"

#include <cstdint>
#include <vector>

namespace dk::storage {

/// The rows of a data set's part, ascending; the same on every machine. kInvalid when none are
/// left, or when classes are needed and there are no labels.
Result<std::vector<std::uint32_t>> select_part(const RowStore& store, const Schema& schema,
                                               std::uint32_t rows, const Part& part);

/// The same rows, some of them several times or not at all, ascending.
Result<std::vector<std::uint32_t>> balance_classes(const RowStore& store, const Schema& schema,
                                                   std::vector<std::uint32_t> rows,
                                                   ClassBalance balance, std::uint64_t seed);

}  // namespace dk::storage
