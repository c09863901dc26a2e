// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace dk::storage {

/// An array of unsigned bytes, the last index fastest.
struct IdxArray {
  std::vector<std::size_t> shape;
  std::vector<std::byte> values;
};

/// The most bytes that one array may have: a header can announce anything.
inline constexpr std::size_t kMostIdxBytes = std::size_t{16} << 30;

/// Reads an IDX file, plain or gzip: the format of MNIST and its successors (two zero bytes, type,
/// number of dimensions, sizes as big-endian 32-bit numbers, values; Y. LeCun, "The MNIST database
/// of handwritten digits"). Unsigned bytes only; the other five types are refused by name. kInvalid
/// when it is no such file, kCorrupt when it is damaged, cut off or too long.
Result<IdxArray> read_idx(const std::filesystem::path& path,
                          std::size_t most_bytes = kMostIdxBytes);

}  // namespace dk::storage
