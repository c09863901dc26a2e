// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"
#include "storage/data/source_config.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace dk::storage {

/// One file of a data set as the disk has it now. Two that are equal are the same bytes, unless
/// somebody set the clock back.
struct FileState {
  std::filesystem::path path;
  std::uint64_t size_bytes = 0;
  std::int64_t changed_ns = 0;
  std::uint64_t inode = 0;
  bool operator==(const FileState&) const = default;
};

/// The files of a data set in the order in which they are read. kNotFound, kIo.
[[nodiscard]] Result<std::vector<FileState>> file_states(const SourceConfig& config);

/// Equal on machines that hold copies of the same files: of each file its name without folders, its
/// size, and sixteen pieces of 8 KiB, evenly spread from its first byte to its last (of a file up
/// to 128 KiB, all of it). Times do not count, and neither does a change between the pieces.
/// kNotFound, kIo.
[[nodiscard]] Result<std::uint64_t> fingerprint(std::span<const FileState> files);

}  // namespace dk::storage
