// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/data/open_reader.hpp"

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace dk::fuzz {

/// A file of this process in memory, and the directory for what readers keep of it.
inline const std::filesystem::path& data_file() {
  static const auto path =
      std::filesystem::path("/dev/shm") / fmt::format("dk-fuzz-{}", ::getpid()) / "data";
  return path;
}

/// Reads the bytes as a data set of this kind, row after row: may fail, and may not crash. What is
/// read must be finite, or missing where that is allowed.
inline void read_rows(storage::SourceConfig config, const std::uint8_t* data, std::size_t size) {
  const auto& path = data_file();
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  config.files = {path.string()};
  const storage::FileAccess access{storage::CacheDirectory(path.parent_path() / "cache"), 1 << 20};
  const auto reader = storage::open_reader(config, access);
  if (!reader) {
    if (reader.error().message.empty()) std::abort();
    return;
  }
  const auto& schema = (*reader)->schema();
  if (schema.feature_size() > (1 << 20)) return;
  std::vector<float> x(schema.feature_size());
  std::vector<float> y(schema.label_size());
  for (std::uint64_t row = 0; row < std::min<std::uint64_t>((*reader)->rows(), 100); ++row) {
    if (!(*reader)->read(row, 1, x, y)) continue;
    for (const float value : x) {
      if (value - value != 0 && !config.allow_missing) std::abort();
    }
  }
}

}  // namespace dk::fuzz
