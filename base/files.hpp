// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <filesystem>
#include <span>
#include <string>

namespace dk {

/// The whole file. kNotFound, kIo, or kInvalid when it is larger than `limit_bytes`.
Result<std::string> read_file(const std::filesystem::path& path,
                              std::size_t limit_bytes = std::size_t{1} << 30);

/// Replaces the file so that after a crash either the old or the new bytes are there, whole (write
/// beside, fsync, rename).
Result<void> write_file_atomic(const std::filesystem::path& path, std::span<const std::byte> bytes);

}  // namespace dk
