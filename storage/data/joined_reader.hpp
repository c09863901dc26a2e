// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"
#include "storage/data/reader.hpp"

#include <memory>
#include <vector>

namespace dk::storage {

struct ReaderPart {
  std::shared_ptr<const Reader> reader;
  /// What the reader takes for features are labels; it has no labels then.
  bool as_labels = false;
};

/// Row i of all parts side by side: their features, their labels. kInvalid when they have different
/// numbers of rows. At least one part.
Result<std::shared_ptr<const Reader>> join_readers(std::vector<ReaderPart> parts);

/// The first rows only.
std::shared_ptr<const Reader> limit_rows(std::shared_ptr<const Reader> reader, std::uint64_t rows);

}  // namespace dk::storage
