// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/table_reader.hpp"

#include "storage/data/find_files.hpp"
#include "storage/data/table_file.hpp"

#include <algorithm>
#include <limits>

namespace dk::storage {
namespace {

constexpr std::size_t kStartBytes = std::size_t{1} << 20;

class TableReader final : public Reader {
 public:
  static Result<std::shared_ptr<const Reader>> open(const SourceConfig& config, MakeRowParser make,
                                                    FileAccess& access) {
    DK_TRY_ASSIGN(const auto paths, find_files(config.files));
    if (paths.empty()) return fail(Errc::kInvalid, "files: none are named");
    const std::shared_ptr<TableReader> reader(new TableReader);
    auto left = config.limit == 0 ? std::numeric_limits<std::uint64_t>::max() : config.limit;
    for (const auto& path : paths) {
      if (left == 0) break;
      DK_TRY_ASSIGN(auto bytes, ByteFile::open(path, access));
      if (bytes->size() == 0) return fail(Errc::kInvalid, "{}: is empty", path.string());
      if (!reader->parser_) DK_TRY(reader->make_parser(config, make, *bytes));
      DK_TRY_ASSIGN(auto file,
                    TableFile::open(std::move(bytes), reader->parser_, config, left, access.cache));
      left -= file->rows();
      reader->add(std::move(file));
    }
    reader->name_texts();
    return reader;
  }

  [[nodiscard]] const Schema& schema() const override { return parser_->schema(); }
  [[nodiscard]] std::uint64_t rows() const override { return rows_; }
  [[nodiscard]] std::size_t group_rows() const override {
    return TableFile::group_rows(parser_->schema());
  }
  [[nodiscard]] const SkippedRows& skipped() const override { return skipped_; }

  Result<void> read(std::uint64_t first, std::size_t count, std::span<float> x,
                    std::span<float> y) const override {
    const auto x_size = schema().feature_size();
    const auto y_size = schema().label_size();
    for (std::size_t done = 0; done < count;) {
      const auto i = file_of(first + done);
      const auto row = first + done - starts_[i];
      const auto in_group = static_cast<std::size_t>(row % group_rows());
      const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(
          {count - done, group_rows() - in_group, files_[i]->rows() - row}));
      DK_TRY(files_[i]->read(static_cast<std::size_t>(row / group_rows()), in_group, n,
                             x.data() + done * x_size, y.data() + done * y_size));
      done += n;
    }
    return {};
  }

  [[nodiscard]] std::string where(std::uint64_t row) const override {
    const auto i = file_of(row);
    return files_[i]->where(row - starts_[i]);
  }

 private:
  TableReader() = default;

  Result<void> make_parser(const SourceConfig& config, MakeRowParser make, const ByteFile& file) {
    std::vector<std::byte> bytes(std::min<std::uint64_t>(kStartBytes, file.size()));
    DK_TRY(file.read(0, bytes));
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    DK_TRY_ASSIGN(parser_, make(config, text, bytes.size() == file.size(), file.path().string()));
    return {};
  }

  /// The classes are those of all files.
  void name_texts() {
    if (parser_->open_texts() == 0) return;
    std::vector<TextSet> texts(parser_->open_texts());
    for (const auto& file : files_) {
      const auto& own = file->index().texts;
      for (std::size_t i = 0; i < std::min(own.size(), texts.size()); ++i) {
        texts[i].insert(own[i].begin(), own[i].end());
      }
    }
    parser_ = parser_->with_texts(texts);
    for (const auto& file : files_) file->use(parser_);
  }

  void add(std::unique_ptr<TableFile> file) {
    starts_.push_back(rows_);
    rows_ += file->rows();
    skipped_.count += file->index().skipped;
    for (const auto& fault : file->index().faults) {
      if (skipped_.faults.size() < SkippedRows::kMostFaults) skipped_.faults.push_back(fault);
    }
    files_.push_back(std::move(file));
  }

  [[nodiscard]] std::size_t file_of(std::uint64_t row) const {
    const auto after = std::upper_bound(starts_.begin(), starts_.end(), row);
    return static_cast<std::size_t>(after - starts_.begin()) - 1;
  }

  std::shared_ptr<const RowParser> parser_;
  std::vector<std::unique_ptr<TableFile>> files_;
  std::vector<std::uint64_t> starts_;
  std::uint64_t rows_ = 0;
  SkippedRows skipped_;
};

}  // namespace

Result<std::shared_ptr<const Reader>> open_table(const SourceConfig& config, MakeRowParser make,
                                                 FileAccess& access) {
  return TableReader::open(config, make, access);
}

}  // namespace dk::storage
