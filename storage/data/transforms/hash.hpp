// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/data/transforms/transform.hpp"

namespace dk::storage {

/// hash: feature hashing (Weinberger et al. 2009). All chosen columns become one of `size` numbers.
/// Each float of the columns has a token t and a weight w and adds w or -w to the place h(t) mod
/// size, the sign being h's topmost bit; h is XXH3, 64 bits.
///
///     {"hash": {"size": 1024, "columns": ["city", "job"]}}      t = column and value, w = 1
///     {"hash": {"size": 1024, "categorical": false}}            t = column,           w = value
///
/// A missing value (NaN) adds nothing. The bytes of t: h of the column's name (else the field's),
/// XOR mix(the float's place in what is named so), 8 bytes; when categorical, the float32 too, 4
/// bytes (-0 as 0); all little endian.
[[nodiscard]] Result<std::unique_ptr<Transform>> make_hash(const nlohmann::json& arguments,
                                                           const Schema& schema);

}  // namespace dk::storage
