// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/npy.hpp"

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

namespace dk::storage {

using dk::NpyArray;

/// The most bytes that the values of one file may have: a header can announce anything.
inline constexpr std::size_t kMostNpyBytes = std::size_t{16} << 30;

/// Reads a NumPy .npy file (format versions 1 to 3, plain or gzip) in C order. Little-endian
/// float32, float64, int32, int64 and uint8 become float32, rounded where float32 cannot hold them.
/// kInvalid when it is no such file or another type, kCorrupt when it is damaged, cut off or too
/// long.
Result<NpyArray> read_npy(const std::filesystem::path& path,
                          std::size_t most_bytes = kMostNpyBytes);

/// Writes float32 values in C order, atomically. `values` has as many elements as `shape` says.
Result<void> write_npy(const std::filesystem::path& path, std::span<const std::size_t> shape,
                       std::span<const float> values);

}  // namespace dk::storage
