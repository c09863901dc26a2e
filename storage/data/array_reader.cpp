// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/array_reader.hpp"

#include "storage/data/find_files.hpp"

#include <algorithm>
#include <cmath>

namespace dk::storage {
namespace {

constexpr std::size_t kGroupFloats = std::size_t{1} << 18;

/// One field: the rows of its files, one file after the other.
class ArrayField {
 public:
  static Result<ArrayField> open(const SourceConfig& config, const FieldSource& source,
                                 OpenArrayFile open_file, FileAccess& access) {
    ArrayField field;
    const auto& patterns = source.files.empty() ? config.files : source.files;
    DK_TRY_ASSIGN(const auto paths, find_files(patterns));
    if (paths.empty()) return fail(Errc::kInvalid, "a field without files");
    for (const auto& path : paths) {
      DK_TRY_ASSIGN(auto file, open_file(path, source.dataset, access));
      DK_TRY(field.add(std::move(file)));
    }
    return field;
  }

  [[nodiscard]] std::uint64_t rows() const { return rows_; }
  [[nodiscard]] std::size_t size() const { return files_.front()->row_size(); }
  [[nodiscard]] std::vector<std::size_t> shape() const {
    return {files_.front()->shape().begin() + 1, files_.front()->shape().end()};
  }
  [[nodiscard]] bool is_bytes() const {
    return std::all_of(files_.begin(), files_.end(),
                       [](const auto& file) { return file->is_bytes(); });
  }
  [[nodiscard]] const std::string& name() const { return files_.front()->name(); }
  [[nodiscard]] std::string where(std::uint64_t row) const {
    const auto i = file_of(row);
    return fmt::format("{}: row {}", files_[i]->name(), row - starts_[i]);
  }

  Result<void> read(std::uint64_t first, std::size_t count, std::span<float> out) const {
    while (count > 0) {
      const auto i = file_of(first);
      const auto here = first - starts_[i];
      const auto n =
          static_cast<std::size_t>(std::min<std::uint64_t>(count, files_[i]->rows() - here));
      DK_TRY(files_[i]->read(here, n, out.first(n * size())));
      out = out.subspan(n * size());
      first += n;
      count -= n;
    }
    return {};
  }

  /// The values of the rows from `first` on. `may_miss`: NaN is allowed.
  Result<void> check(std::uint64_t first, std::span<const float> values, bool may_miss) const {
    if (is_bytes()) return {};
    const auto bad = std::find_if(values.begin(), values.end(), [&](float value) {
      return !std::isfinite(value) && !(may_miss && std::isnan(value));
    });
    if (bad == values.end()) return {};
    const auto i = static_cast<std::size_t>(bad - values.begin());
    return fail(Errc::kInvalid, "{}: value {} is {}; {}", where(first + i / size()), i % size(),
                *bad,
                may_miss ? "missing values are filled, but infinite ones cannot be"
                         : "allowed are finite numbers (an impute transform fills missing ones)");
  }

 private:
  Result<void> add(std::unique_ptr<ArrayFile> file) {
    const auto& shape = file->shape();
    if (!files_.empty() &&
        !std::equal(shape.begin() + 1, shape.end(), files_.front()->shape().begin() + 1,
                    files_.front()->shape().end())) {
      return fail(Errc::kInvalid, "{}: its rows have another shape than those of {}", file->name(),
                  files_.front()->name());
    }
    starts_.push_back(rows_);
    rows_ += file->rows();
    files_.push_back(std::move(file));
    return {};
  }
  [[nodiscard]] std::size_t file_of(std::uint64_t row) const {
    const auto after = std::upper_bound(starts_.begin(), starts_.end(), row);
    return static_cast<std::size_t>(after - starts_.begin()) - 1;
  }

  std::vector<std::unique_ptr<ArrayFile>> files_;
  std::vector<std::uint64_t> starts_;
  std::uint64_t rows_ = 0;
};

std::string name_of(const FieldSource& source, std::string_view kind, std::size_t place,
                    std::size_t count) {
  if (!source.name.empty()) return source.name;
  if (!source.dataset.empty()) {
    return source.dataset.substr(
        std::min(source.dataset.find_first_not_of('/'), source.dataset.size() - 1));
  }
  return count == 1 ? std::string(kind) : fmt::format("{}_{}", kind, place + 1);
}

class ArrayReader final : public Reader {
 public:
  static Result<std::shared_ptr<const Reader>> open(const SourceConfig& config,
                                                    OpenArrayFile open_file, FileAccess& access) {
    const std::shared_ptr<ArrayReader> reader(new ArrayReader);
    reader->may_miss_ = config.allow_missing;
    DK_TRY(reader->add(config, config.features, "features", open_file, access));
    DK_TRY(reader->add(config, config.labels, "labels", open_file, access));
    const auto size = reader->schema_.feature_size() + reader->schema_.label_size();
    reader->group_rows_ = std::max<std::size_t>(1, kGroupFloats / size);
    return reader;
  }

  [[nodiscard]] const Schema& schema() const override { return schema_; }
  [[nodiscard]] std::uint64_t rows() const override { return features_.front().rows(); }
  [[nodiscard]] std::size_t group_rows() const override { return group_rows_; }
  [[nodiscard]] bool features_are_bytes() const override {
    return std::all_of(features_.begin(), features_.end(),
                       [](const auto& field) { return field.is_bytes(); });
  }
  [[nodiscard]] std::string where(std::uint64_t row) const override {
    return features_.front().where(row);
  }

  Result<void> read(std::uint64_t first, std::size_t count, std::span<float> x,
                    std::span<float> y) const override {
    DK_TRY(read(features_, may_miss_, first, count, x));
    return read(labels_, false, first, count, y);
  }

 private:
  ArrayReader() = default;

  Result<void> add(const SourceConfig& config, const std::vector<FieldSource>& sources,
                   std::string_view kind, OpenArrayFile open_file, FileAccess& access) {
    const bool labels = kind == "labels";
    for (std::size_t i = 0; i < sources.size(); ++i) {
      DK_TRY_ASSIGN(auto field, ArrayField::open(config, sources[i], open_file, access));
      const auto& first = features_.empty() ? field : features_.front();
      if (field.rows() != first.rows()) {
        return fail(Errc::kInvalid, "{} has {} {}, {} has {} samples; the counts must be equal",
                    field.name(), field.rows(), labels ? "labels" : "samples", first.name(),
                    first.rows());
      }
      auto& fields = labels ? schema_.labels : schema_.features;
      fields.push_back({name_of(sources[i], kind, i, sources.size()), field.shape()});
      (labels ? labels_ : features_).push_back(std::move(field));
    }
    return {};
  }

  static Result<void> read(const std::vector<ArrayField>& fields, bool may_miss,
                           std::uint64_t first, std::size_t count, std::span<float> out) {
    if (fields.size() == 1) {
      DK_TRY(fields.front().read(first, count, out));
      return fields.front().check(first, out, may_miss);
    }
    std::size_t stride = 0;
    for (const auto& field : fields) stride += field.size();
    std::vector<float> values;
    std::size_t begin = 0;
    for (const auto& field : fields) {
      values.resize(count * field.size());
      DK_TRY(field.read(first, count, values));
      DK_TRY(field.check(first, values, may_miss));
      for (std::size_t row = 0; row < count; ++row) {
        std::copy_n(values.data() + row * field.size(), field.size(),
                    out.data() + row * stride + begin);
      }
      begin += field.size();
    }
    return {};
  }

  Schema schema_;
  std::vector<ArrayField> features_;
  std::vector<ArrayField> labels_;
  std::size_t group_rows_ = 1;
  bool may_miss_ = false;
};

}  // namespace

Result<std::shared_ptr<const Reader>> open_arrays(const SourceConfig& config, OpenArrayFile open,
                                                  FileAccess& access) {
  if (config.features.empty()) return fail(Errc::kInvalid, "features: none are named");
  if (config.on_bad_row == OnBadRow::kSkip) {
    return fail(Errc::kInvalid, "on_bad_row: skip is for tables (csv, libsvm), not for {}",
                config.format);
  }
  return ArrayReader::open(config, open, access);
}

}  // namespace dk::storage
