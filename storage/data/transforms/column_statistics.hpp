// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace dk::storage {

/// One number for each of several columns, from their values in one or more passes.
class ColumnStatistics {
 public:
  virtual ~ColumnStatistics() = default;
  virtual void begin_pass() = 0;
  virtual void take(std::size_t column, float value) = 0;
  /// True when it was the last pass. kInvalid: "column N: ...", which are too many values to count.
  virtual Result<bool> end_pass() = 0;
  /// How many values the column had.
  [[nodiscard]] virtual std::uint64_t count(std::size_t column) const = 0;
  /// For a column with at least one value.
  [[nodiscard]] virtual double value(std::size_t column) const = 0;
};

/// The arithmetic mean, updated value by value.
class ColumnMeans : public ColumnStatistics {
 public:
  explicit ColumnMeans(std::size_t columns) : counts_(columns), means_(columns) {}
  void begin_pass() override {}
  void take(std::size_t column, float value) override;
  Result<bool> end_pass() override { return true; }
  [[nodiscard]] std::uint64_t count(std::size_t column) const override { return counts_[column]; }
  [[nodiscard]] double value(std::size_t column) const override { return means_[column]; }

 private:
  std::vector<std::uint64_t> counts_;
  std::vector<double> means_;
};

/// The exact median, the mean of the two middle values of an even number, in three passes: the
/// float's bits in the order of its value are found 11, 11 and 10 at a time, by counting how many
/// values share what is known so far. 16 KiB per column, whatever the number of rows.
class ColumnMedians : public ColumnStatistics {
 public:
  /// 256 MiB of counters.
  static constexpr std::size_t kMostColumns = 16384;

  explicit ColumnMedians(std::size_t columns) : columns_(columns) {}
  void begin_pass() override;
  void take(std::size_t column, float value) override;
  Result<bool> end_pass() override;
  [[nodiscard]] std::uint64_t count(std::size_t column) const override {
    return columns_[column].count;
  }
  [[nodiscard]] double value(std::size_t column) const override;

 private:
  /// A value sought: the one of this rank among those that begin with the bits known so far.
  struct Sought {
    std::uint32_t known = 0;
    std::uint64_t rank = 0;
  };
  struct Column {
    std::uint64_t count = 0;
    std::array<Sought, 2> middle{};
  };

  std::size_t pass_ = 0;
  std::vector<Column> columns_;
  std::vector<std::uint32_t> counters_;
};

/// The value that occurs most often, the least of several; exact.
class ColumnModes : public ColumnStatistics {
 public:
  /// Different values of all columns together; about 50 MiB.
  static constexpr std::size_t kMostValues = std::size_t{1} << 20U;

  explicit ColumnModes(std::size_t columns) : counts_(columns), values_(columns) {}
  void begin_pass() override {}
  void take(std::size_t column, float value) override;
  Result<bool> end_pass() override;
  [[nodiscard]] std::uint64_t count(std::size_t column) const override { return counts_[column]; }
  [[nodiscard]] double value(std::size_t column) const override;

 private:
  std::size_t different_ = 0;
  std::vector<std::uint64_t> counts_;
  std::vector<std::unordered_map<float, std::uint64_t>> values_;
};

}  // namespace dk::storage
