// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

namespace dk::storage {

/// The bytes of a file from its beginning on, inflated if it is gzip or Zstandard (told by its
/// first bytes). Never inflates further than it is asked to. Errors name the file and the offset;
/// kNotFound, kIo, kCorrupt (damaged or cut-off gzip or zstd).
class ByteSource {
 public:
  static Result<ByteSource> open(const std::filesystem::path& path);
  ByteSource(ByteSource&&) noexcept;
  ByteSource& operator=(ByteSource&&) noexcept;
  ~ByteSource();

  /// Fills `out` as far as there are bytes and returns how many there were; fewer means the end.
  Result<std::size_t> read(std::span<std::byte> out);
  /// Reads `size` bytes and makes sure that nothing follows. kCorrupt with both sizes otherwise.
  Result<void> read_rest(std::size_t size, std::vector<std::byte>& out);

  /// An upper bound of the bytes that are left, known without reading them. What a header announces
  /// beyond it is refused before memory is taken.
  [[nodiscard]] std::uint64_t most_remaining() const;
  /// Whether it inflates.
  [[nodiscard]] bool is_packed() const;
  [[nodiscard]] std::uint64_t offset() const;
  [[nodiscard]] const std::filesystem::path& path() const;

 private:
  struct State;
  explicit ByteSource(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace dk::storage
