// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dk::model {

/// How much an archive may unfold to: a few bytes can announce, and become, anything.
struct ZipLimits {
  std::size_t entries = 10'000;
  std::size_t name_bytes = 1024;
  std::size_t total_bytes = std::size_t{8} << 30;
  /// Entries above `free_bytes` may not inflate to more than this times their packed size.
  std::size_t ratio = 200;
  std::size_t free_bytes = std::size_t{16} << 20;
};

/// Reads an untrusted zip archive in memory: stored and deflated entries, not encrypted, each name
/// once. `open` refuses what is beyond the limits by what the archive says, `read` by what it does;
/// checksums are checked. kCorrupt when it is damaged, else kInvalid; messages begin with `source`.
class ZipReader {
 public:
  /// `archive` must outlive the reader.
  static Result<ZipReader> open(std::span<const std::byte> archive, std::string source,
                                const ZipLimits& limits = {});
  ZipReader(ZipReader&&) noexcept;
  ZipReader& operator=(ZipReader&&) noexcept;
  ~ZipReader();

  /// In the archive's order.
  [[nodiscard]] const std::vector<std::string>& names() const;
  [[nodiscard]] bool has(std::string_view name) const;
  /// kInvalid when there is no such entry.
  Result<std::string> read(std::string_view name);

 private:
  struct State;
  explicit ZipReader(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

struct ZipEntry {
  std::string name;
  std::span<const std::byte> bytes;
};

/// An archive of these entries, stored as they are, as Python's zipfile and numpy.savez write it;
/// the same bytes for the same entries.
[[nodiscard]] Result<Bytes> zip_of(std::span<const ZipEntry> entries);

}  // namespace dk::model
