// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"
#include "storage/data/cache_directory.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace dk::storage {

/// What readers may use beside the files themselves.
struct FileAccess {
  CacheDirectory cache = CacheDirectory::standard();
  /// Inflated files are kept in memory as long as all of them together fit in here; the others go
  /// to the cache. Files that are opened use it up.
  std::uint64_t memory_bytes = std::uint64_t{64} << 20;
};

/// The bytes of a file at any place; a gzip or zstd file is inflated once, to memory or to the
/// cache. Thread-safe.
class ByteFile {
 public:
  /// kNotFound, kIo, kCorrupt (damaged or cut-off gzip or zstd), kInvalid (no regular file).
  static Result<std::shared_ptr<const ByteFile>> open(const std::filesystem::path& path,
                                                      FileAccess& access);
  /// The same for bytes that a file holds in some other way; `what` names them among all that this
  /// file holds. `make` starts reading them; what it returns fills its argument, and fewer bytes
  /// than asked for mean the end.
  using Read = std::function<Result<std::size_t>(std::span<std::byte>)>;
  static Result<std::shared_ptr<const ByteFile>> unpack(const std::filesystem::path& path,
                                                        std::string_view what,
                                                        const std::function<Result<Read>()>& make,
                                                        FileAccess& access);
  ~ByteFile();
  ByteFile(const ByteFile&) = delete;
  ByteFile& operator=(const ByteFile&) = delete;

  /// Inflated bytes.
  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// The file that was asked for, also when its bytes are read from the cache.
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// Fills `out` with the bytes from `offset` on as far as there are bytes; how many there were.
  [[nodiscard]] Result<std::size_t> read_some(std::uint64_t offset, std::span<std::byte> out) const;
  /// Fills `out`; kCorrupt when the file ends before.
  [[nodiscard]] Result<void> read(std::uint64_t offset, std::span<std::byte> out) const;

 private:
  explicit ByteFile(std::filesystem::path path) : path_(std::move(path)) {}
  Result<void> open_plain(const std::filesystem::path& real);

  std::filesystem::path path_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
  std::vector<std::byte> bytes_;
};

}  // namespace dk::storage
