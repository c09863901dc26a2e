// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/bytes.hpp"
#include "base/checksum.hpp"
#include "storage/data/table_file.hpp"

#include <algorithm>
#include <cstring>

namespace dk::storage {
namespace {

using Kind = ParsedRow::Kind;

constexpr std::size_t kStepBytes = std::size_t{1} << 20;
constexpr std::size_t kMostRowBytes = std::size_t{64} << 20;
constexpr std::size_t kMostFaults = 5;
constexpr std::uint32_t kMagic = 0x32494b44;  // DKI2

/// A stretch of the file that slides forward.
class Window {
 public:
  explicit Window(const ByteFile& file) : file_(file) {}

  [[nodiscard]] std::string_view text() const {
    return {reinterpret_cast<const char*>(bytes_.data()) + begin_, bytes_.size() - begin_};
  }
  [[nodiscard]] bool at_end() const { return offset_ + bytes_.size() == file_.size(); }
  /// The place of the text's first byte.
  [[nodiscard]] std::uint64_t offset() const { return offset_ + begin_; }
  void take(std::size_t count) { begin_ += count; }

  /// Appends the next bytes, at least as many as there are now.
  Result<void> extend() {
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(begin_));
    offset_ += begin_;
    begin_ = 0;
    const auto done = bytes_.size();
    const auto left = file_.size() - offset_ - done;
    bytes_.resize(done + std::min<std::uint64_t>(std::max(kStepBytes, done), left));
    return file_.read(offset_ + done, std::span(bytes_).subspan(done));
  }

 private:
  const ByteFile& file_;
  std::vector<std::byte> bytes_;
  std::size_t begin_ = 0;
  std::uint64_t offset_ = 0;
};

class Builder {
 public:
  Builder(const ByteFile& file, const RowParser& parser, const SourceConfig& config)
      : file_(file),
        parser_(parser),
        skips_(config.on_bad_row == OnBadRow::kSkip),
        window_(file),
        x_(parser.schema().feature_size()),
        y_(parser.schema().label_size()) {
    scratch_.texts.resize(parser.open_texts());
  }

  Result<TableIndex> build(std::uint64_t most_rows) {
    const auto group_rows = TableFile::group_rows(parser_.schema());
    bool started = false;
    while (index_.rows < most_rows || !started) {
      const auto row =
          started ? parser_.parse(window_.text(), window_.at_end(), x_.data(), y_.data(), scratch_)
                  : parser_.parse_start(window_.text(), window_.at_end(), scratch_);
      if (row.kind == Kind::kMore) {
        DK_TRY(extend());
        continue;
      }
      DK_TRY(take(row, started ? group_rows : 0));
      started = true;
      if (window_.text().empty() && window_.at_end()) break;
    }
    return finish();
  }

 private:
  Result<void> extend() {
    if (window_.text().size() >= kMostRowBytes) {
      return fail(Errc::kInvalid, "{}:{}: a row of more than {} MiB: is a quote not closed?",
                  file_.path().string(), line_, kMostRowBytes >> 20);
    }
    return window_.extend();
  }

  /// `group_rows` is 0 for what stands before the first row.
  Result<void> take(const ParsedRow& row, std::size_t group_rows) {
    const bool bad = row.kind == Kind::kBad;
    if (row.kind == Kind::kFatal || (bad && !skips_)) {
      return fail(Errc::kInvalid, "{}:{}: {}", file_.path().string(), line_, row.fault);
    }
    if (bad) {
      ++index_.skipped;
      if (index_.faults.size() < kMostFaults) {
        index_.faults.push_back(fmt::format("{}:{}: {}", file_.path().string(), line_, row.fault));
      }
    }
    if (row.kind == Kind::kRow && group_rows > 0) {
      if (index_.rows % group_rows == 0) index_.groups.push_back({window_.offset(), line_});
      ++index_.rows;
    }
    line_ += row.lines;
    window_.take(row.bytes);
    return {};
  }

  Result<TableIndex> finish() {
    index_.texts = std::move(scratch_.texts);
    if (index_.rows > 0) return std::move(index_);
    if (index_.skipped > 0) {
      return fail(Errc::kInvalid, "{}: all of its {} rows are bad, for example: {}",
                  file_.path().string(), index_.skipped, index_.faults.front());
    }
    return fail(Errc::kInvalid, "{}: has no rows", file_.path().string());
  }

  const ByteFile& file_;
  const RowParser& parser_;
  bool skips_;
  Window window_;
  std::vector<float> x_;
  std::vector<float> y_;
  RowParser::Scratch scratch_;
  TableIndex index_;
  std::uint64_t line_ = 1;
};

}  // namespace

Result<TableIndex> build_table_index(const ByteFile& file, const RowParser& parser,
                                     const SourceConfig& config, std::uint64_t most_rows) {
  return Builder(file, parser, config).build(most_rows);
}

Bytes table_index_bytes(const TableIndex& index) {
  ByteWriter out;
  out.put(index.rows);
  out.put(index.skipped);
  out.put(static_cast<std::uint32_t>(index.faults.size()));
  for (const auto& fault : index.faults) out.put(std::string_view(fault));
  out.put(static_cast<std::uint32_t>(index.groups.size()));
  for (const auto& group : index.groups) {
    out.put(group.offset);
    out.put(group.line);
  }
  out.put(static_cast<std::uint32_t>(index.texts.size()));
  for (const auto& texts : index.texts) {
    out.put(static_cast<std::uint32_t>(texts.size()));
    for (const auto& text : texts) out.put(std::string_view(text));
  }
  const auto body = std::move(out).take();
  ByteWriter whole;
  whole.put(kMagic);
  whole.put(checksum(body));
  whole.put_raw(body);
  return std::move(whole).take();
}

std::optional<TableIndex> table_index_from(std::span<const std::byte> bytes) {
  ByteReader reader(bytes);
  const auto magic = reader.get<std::uint32_t>();
  const auto sum = reader.get<std::uint64_t>();
  if (!reader.ok() || magic != kMagic || sum != checksum(bytes.last(reader.remaining()))) {
    return std::nullopt;
  }
  TableIndex index;
  index.rows = reader.get<std::uint64_t>();
  index.skipped = reader.get<std::uint64_t>();
  index.faults.resize(reader.get_count(4));
  for (auto& fault : index.faults) fault = reader.get_string();
  index.groups.resize(reader.get_count(16));
  for (auto& group : index.groups) {
    group.offset = reader.get<std::uint64_t>();
    group.line = reader.get<std::uint64_t>();
  }
  index.texts.resize(reader.get_count(4));
  for (auto& texts : index.texts) {
    for (auto left = reader.get_count(4); left > 0; --left) texts.insert(reader.get_string());
  }
  if (!reader.ok() || reader.remaining() != 0) return std::nullopt;
  return index;
}

}  // namespace dk::storage
