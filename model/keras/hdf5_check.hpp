// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <span>
#include <string_view>

namespace dk::model {

/// Walks every structure of an HDF5 file and lets only those pass that are whole and of the kind
/// that h5py writes by default: the HDF5 library itself is not safe with damaged files (it reads
/// out of bounds, and it may not end). What passes: format version 0, groups of symbol tables,
/// contiguous datasets of little-endian numbers within the file, attributes of numbers and strings.
/// Refused by name: links of any other kind, external files, virtual, chunked, compressed and
/// filtered datasets, shared types. kInvalid for those, kCorrupt when damaged or cut off; messages
/// begin with `source`.
[[nodiscard]] Result<void> check_hdf5(std::span<const std::byte> file, std::string_view source);

}  // namespace dk::model
