// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/protocol/inspect.hpp"
#include "actors/tensor.hpp"

#include <cstdint>
#include <string>

// Rows of data files, from a node that has them to one that does not.

namespace dk {

/// A data source as one node can read it.
struct DataShape {
  std::string schema;  ///< JSON, as storage::to_json(Schema)
  std::uint64_t rows = 0;
  std::uint64_t group_rows = 1;  ///< see storage::Reader
  bool features_are_bytes = false;
  /// Of the files that `get` reads, as storage::fingerprint: their names, sizes and pieces of their
  /// bytes, not their times and folders, so that copies on several machines agree.
  std::uint64_t fingerprint = 0;
};
DK_INSPECT(DataShape, x.schema, x.rows, x.group_rows, x.features_are_bytes, x.fingerprint)

/// Rows of a data source, as storage::Reader::read gives them.
struct DataRows {
  Tensor x;
  Tensor y;
};
DK_INSPECT(DataRows, x.x, x.y)

}  // namespace dk
