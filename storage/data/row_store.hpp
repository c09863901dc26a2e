// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/data/reader.hpp"

#include <cstdint>
#include <memory>
#include <span>

namespace dk::storage {

/// Raw rows at hand, in any order. Thread-safe; a row that is in memory is copied without
/// allocating.
class RowStore {
 public:
  virtual ~RowStore() = default;

  /// Writes the rows one after the other, as Reader::read has them. Errors are the reader's.
  virtual Result<void> gather(std::span<const std::uint32_t> rows, std::span<float> x,
                              std::span<float> y) const = 0;
  /// Says which rows will be gathered soon, in this order.
  virtual void prefetch(std::span<const std::uint32_t> rows) const = 0;
  /// Rows that are read together when one of them is; 0: all are in memory.
  [[nodiscard]] virtual std::size_t page_rows() const = 0;
  /// How many pages are at hand without harm to the others.
  [[nodiscard]] virtual std::size_t window_pages() const = 0;
  /// Bytes of rows that are in memory now.
  [[nodiscard]] virtual std::uint64_t held_bytes() const = 0;

 protected:
  RowStore() = default;
  RowStore(const RowStore&) = default;
  RowStore& operator=(const RowStore&) = default;
};

/// Reads all rows into memory if they fit into `memory_bytes` (bytes stay bytes), else reads pages
/// of them when they are asked for, in a thread of its own when they are announced, and keeps those
/// used last, within three quarters of `memory_bytes`.
Result<std::shared_ptr<const RowStore>> make_row_store(std::shared_ptr<const Reader> reader,
                                                       std::uint64_t memory_bytes);

/// Some rows in memory: features as bytes or as floats.
class Page {
 public:
  Page(const Schema& schema, bool bytes, std::size_t rows);

  /// Reads rows of the reader into the page's rows from `at` on. `buffer` is the caller's.
  Result<void> fill(const Reader& reader, std::uint64_t first, std::size_t count, std::size_t at,
                    std::vector<float>& buffer);
  void copy(std::size_t row, float* x, float* y) const;

  /// What a row takes.
  [[nodiscard]] static std::uint64_t row_bytes(const Schema& schema, bool bytes);

 private:
  std::size_t x_size_;
  std::size_t y_size_;
  std::vector<std::uint8_t> bytes_;
  std::vector<float> floats_;
  std::vector<float> labels_;
};

/// The store that keeps only some pages. `budget_bytes` is what they may take, at least two pages.
std::shared_ptr<const RowStore> make_paged_store(std::shared_ptr<const Reader> reader,
                                                 std::uint64_t budget_bytes);

}  // namespace dk::storage
