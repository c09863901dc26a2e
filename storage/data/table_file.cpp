// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/table_file.hpp"

#include "base/bytes.hpp"
#include "base/files.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace dk::storage {
namespace {

using Kind = ParsedRow::Kind;

constexpr std::size_t kGroupFloats = std::size_t{1} << 18;
// Below it a file is read again faster than anybody could mind.
constexpr std::uint64_t kCachedFromBytes = std::uint64_t{1} << 20;

std::optional<TableIndex> cached_index(const CacheDirectory& cache,
                                       const std::filesystem::path& entry) {
  if (!cache.use(entry)) return std::nullopt;
  const auto text = read_file(entry);
  if (!text) return std::nullopt;
  return table_index_from(std::as_bytes(std::span(*text)));
}

}  // namespace

std::size_t TableFile::group_rows(const Schema& schema) {
  return std::max<std::size_t>(1, kGroupFloats / (schema.feature_size() + schema.label_size()));
}

Result<std::unique_ptr<TableFile>> TableFile::open(std::shared_ptr<const ByteFile> file,
                                                   std::shared_ptr<const RowParser> parser,
                                                   const SourceConfig& config,
                                                   std::uint64_t most_rows,
                                                   const CacheDirectory& cache) {
  std::unique_ptr<TableFile> table(new TableFile(std::move(file), std::move(parser)));
  table->group_rows_ = group_rows(table->parser_->schema());
  const auto& bytes = *table->file_;
  if (bytes.size() < kCachedFromBytes) {
    DK_TRY_ASSIGN(table->index_, build_table_index(bytes, *table->parser_, config, most_rows));
    return table;
  }
  auto how = config;
  how.files.clear();
  const auto what = fmt::format("index 2 {} {}", most_rows, to_json(how).dump());
  DK_TRY_ASSIGN(const auto entry, cache.entry(bytes.path(), what));
  if (auto index = cached_index(cache, entry)) {
    table->index_ = *std::move(index);
    return table;
  }
  DK_TRY_ASSIGN(table->index_, build_table_index(bytes, *table->parser_, config, most_rows));
  const auto write = [&](const std::filesystem::path& part) {
    return write_file_atomic(part, table_index_bytes(table->index_));
  };
  // Without a cache everything works, only slower the next time.
  static_cast<void>(cache.put(entry, write));
  return table;
}

std::uint64_t TableFile::group_end(std::size_t group) const {
  return group + 1 < index_.groups.size() ? index_.groups[group + 1].offset : file_->size();
}

template <class OnRow>
Result<void> TableFile::parse_group(std::size_t group, std::size_t count,
                                    const OnRow& on_row) const {
  const auto begin = index_.groups[group].offset;
  Bytes bytes(group_end(group) - begin);
  DK_TRY(file_->read(begin, bytes));
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  RowParser::Scratch scratch;
  auto line = index_.groups[group].line;
  for (std::size_t done = 0; done < count;) {
    const auto row = text.empty() ? ParsedRow{} : on_row(done, line, text, scratch);
    if (row.kind == Kind::kMore || row.kind == Kind::kFatal) {
      return fail(Errc::kCorrupt, "{}: line {}: the file has changed since it was opened",
                  file_->path().string(), line);
    }
    if (row.kind == Kind::kRow) ++done;
    line += row.lines;
    text.remove_prefix(row.bytes);
  }
  return {};
}

Result<void> TableFile::read(std::size_t group, std::size_t first, std::size_t count, float* x,
                             float* y) const {
  const auto x_size = parser_->schema().feature_size();
  const auto y_size = parser_->schema().label_size();
  std::vector<float> unused(first > 0 ? x_size + y_size : 0);
  return parse_group(group, first + count,
                     [&](std::size_t row, std::uint64_t, std::string_view text, auto& scratch) {
                       if (row < first) {
                         return parser_->parse(text, true, unused.data(), unused.data() + x_size,
                                               scratch);
                       }
                       return parser_->parse(text, true, x + (row - first) * x_size,
                                             y + (row - first) * y_size, scratch);
                     });
}

std::string TableFile::where(std::uint64_t row) const {
  const auto group = static_cast<std::size_t>(row / group_rows_);
  std::vector<float> x(parser_->schema().feature_size());
  std::vector<float> y(parser_->schema().label_size());
  std::uint64_t place = 0;
  const auto found =
      parse_group(group, row % group_rows_ + 1,
                  [&](std::size_t, std::uint64_t line, std::string_view text, auto& scratch) {
                    const auto parsed = parser_->parse(text, true, x.data(), y.data(), scratch);
                    if (parsed.kind == Kind::kRow) place = line;
                    return parsed;
                  });
  return found ? fmt::format("{}:{}", file_->path().string(), place)
               : fmt::format("{}: row {}", file_->path().string(), row);
}

}  // namespace dk::storage
