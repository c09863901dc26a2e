// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"
#include "storage/data/schema.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace dk::storage {

/// Bad rows that `on_bad_row: skip` has passed over.
struct SkippedRows {
  static constexpr std::size_t kMostFaults = 5;
  std::uint64_t count = 0;
  /// What was wrong with the first of them, and where.
  std::vector<std::string> faults;
};

/// The rows of a data set as its files have them, before any transform: Python's values (a number
/// is read as float64 and rounded to float32) in Python's order (file after file, row after row).
/// Rows are numbered from 0 and never change. Thread-safe.
class Reader {
 public:
  virtual ~Reader() = default;

  [[nodiscard]] virtual const Schema& schema() const = 0;
  /// At least 1.
  [[nodiscard]] virtual std::uint64_t rows() const = 0;
  /// Rows that are cheapest to read together, from a multiple of it on; at least 1.
  [[nodiscard]] virtual std::size_t group_rows() const = 0;
  /// Whether every feature is a whole number from 0 to 255, as the files have bytes.
  [[nodiscard]] virtual bool features_are_bytes() const { return false; }

  /// Rows [first, first + count), which must be there: x takes count * feature_size() floats, row
  /// after row, a row's features one after the other; y the labels in the same way. A missing
  /// feature is NaN, and only where the data set allows that; nothing else is ever NaN or infinite.
  /// kNotFound, kIo, kCorrupt, kInvalid with the file, the row and the value.
  virtual Result<void> read(std::uint64_t first, std::size_t count, std::span<float> x,
                            std::span<float> y) const = 0;

  [[nodiscard]] virtual const SkippedRows& skipped() const {
    static const SkippedRows kNone;
    return kNone;
  }

  /// Where a row stands, for messages: "train.csv:17", "x.npy: row 16".
  [[nodiscard]] virtual std::string where(std::uint64_t row) const = 0;

 protected:
  Reader() = default;
  Reader(const Reader&) = default;
  Reader& operator=(const Reader&) = default;
};

}  // namespace dk::storage
