// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/data/byte_file.hpp"
#include "storage/data/row_parser.hpp"
#include "storage/data/source_config.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace dk::storage {

/// Where the rows of a text file are: every `group_rows`-th good row by its byte and line.
struct TableIndex {
  struct Group {
    std::uint64_t offset = 0;
    std::uint64_t line = 0;  ///< From 1 on.
  };
  std::vector<Group> groups;
  std::uint64_t rows = 0;
  std::uint64_t skipped = 0;
  /// Why the first rows were skipped, with their places.
  std::vector<std::string> faults;
  /// Of columns of texts whose classes the parser did not know: the different ones.
  std::vector<TextSet> texts{};
};

/// The rows of one text file. Every row has been read once, so that all of them are good, or known
/// to be skipped. Thread-safe.
class TableFile {
 public:
  /// Reads the file and checks each row, unless the cache has its index. `key` tells apart the ways
  /// in which one file can be read. A bad row is kInvalid, or skipped; `most_rows` are read at
  /// most.
  static Result<std::unique_ptr<TableFile>> open(std::shared_ptr<const ByteFile> file,
                                                 std::shared_ptr<const RowParser> parser,
                                                 const SourceConfig& config,
                                                 std::uint64_t most_rows,
                                                 const CacheDirectory& cache);

  /// From now on rows are read by this parser: the same with classes for its texts.
  void use(std::shared_ptr<const RowParser> parser) { parser_ = std::move(parser); }

  [[nodiscard]] const TableIndex& index() const { return index_; }
  [[nodiscard]] std::uint64_t rows() const { return index_.rows; }
  /// Rows [first, first + count) of group `group`.
  Result<void> read(std::size_t group, std::size_t first, std::size_t count, float* x,
                    float* y) const;
  /// "train.csv:17".
  [[nodiscard]] std::string where(std::uint64_t row) const;

  /// Rows of each group but the last.
  [[nodiscard]] static std::size_t group_rows(const Schema& schema);

 private:
  TableFile(std::shared_ptr<const ByteFile> file, std::shared_ptr<const RowParser> parser)
      : file_(std::move(file)), parser_(std::move(parser)) {}

  [[nodiscard]] std::uint64_t group_end(std::size_t group) const;
  /// Parses a group and calls `on_row(row, line)` behind each good one; x and y have room for one.
  template <class OnRow>
  Result<void> parse_group(std::size_t group, std::size_t count, const OnRow& on_row) const;

  std::shared_ptr<const ByteFile> file_;
  std::shared_ptr<const RowParser> parser_;
  TableIndex index_;
  std::size_t group_rows_ = 1;
};

/// Reads a whole file row by row. Used once per file.
Result<TableIndex> build_table_index(const ByteFile& file, const RowParser& parser,
                                     const SourceConfig& config, std::uint64_t most_rows);

/// The bytes of an index, and the inverse: nothing when they are damaged.
[[nodiscard]] std::vector<std::byte> table_index_bytes(const TableIndex& index);
[[nodiscard]] std::optional<TableIndex> table_index_from(std::span<const std::byte> bytes);

}  // namespace dk::storage
