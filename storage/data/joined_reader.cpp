// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/joined_reader.hpp"

#include <algorithm>

namespace dk::storage {
namespace {

void append(const std::vector<Field>& from, std::vector<Field>& to) {
  to.insert(to.end(), from.begin(), from.end());
}

/// Columns [begin, begin + size) of a table with `stride` columns.
void put_columns(const std::vector<float>& from, std::size_t size, std::span<float> to,
                 std::size_t begin, std::size_t stride) {
  const auto rows = size == 0 ? 0 : from.size() / size;
  for (std::size_t row = 0; row < rows; ++row) {
    std::copy_n(from.data() + row * size, size, to.data() + row * stride + begin);
  }
}

class JoinedReader final : public Reader {
 public:
  explicit JoinedReader(std::vector<ReaderPart> parts) : parts_(std::move(parts)) {
    for (const auto& part : parts_) {
      const auto& schema = part.reader->schema();
      append(schema.features, part.as_labels ? schema_.labels : schema_.features);
      append(schema.labels, schema_.labels);
    }
  }

  [[nodiscard]] const Schema& schema() const override { return schema_; }
  [[nodiscard]] std::uint64_t rows() const override { return parts_.front().reader->rows(); }
  [[nodiscard]] std::size_t group_rows() const override {
    std::size_t rows = 1;
    for (const auto& part : parts_) rows = std::max(rows, part.reader->group_rows());
    return rows;
  }
  [[nodiscard]] bool features_are_bytes() const override {
    return std::all_of(parts_.begin(), parts_.end(), [](const ReaderPart& part) {
      return part.as_labels || part.reader->features_are_bytes();
    });
  }
  [[nodiscard]] std::string where(std::uint64_t row) const override {
    return parts_.front().reader->where(row);
  }

  Result<void> read(std::uint64_t first, std::size_t count, std::span<float> x,
                    std::span<float> y) const override {
    std::size_t x_begin = 0;
    std::size_t y_begin = 0;
    std::vector<float> part_x;
    std::vector<float> part_y;
    for (const auto& [reader, as_labels] : parts_) {
      const auto x_size = reader->schema().feature_size();
      const auto y_size = reader->schema().label_size();
      part_x.resize(count * x_size);
      part_y.resize(count * y_size);
      DK_TRY(reader->read(first, count, part_x, part_y));
      if (as_labels) {
        put_columns(part_x, x_size, y, y_begin, schema_.label_size());
        y_begin += x_size;
        continue;
      }
      put_columns(part_x, x_size, x, x_begin, schema_.feature_size());
      put_columns(part_y, y_size, y, y_begin, schema_.label_size());
      x_begin += x_size;
      y_begin += y_size;
    }
    return {};
  }

 private:
  std::vector<ReaderPart> parts_;
  Schema schema_;
};

class LimitedReader final : public Reader {
 public:
  LimitedReader(std::shared_ptr<const Reader> reader, std::uint64_t rows)
      : reader_(std::move(reader)), rows_(rows) {}

  [[nodiscard]] const Schema& schema() const override { return reader_->schema(); }
  [[nodiscard]] std::uint64_t rows() const override { return rows_; }
  [[nodiscard]] std::size_t group_rows() const override { return reader_->group_rows(); }
  [[nodiscard]] bool features_are_bytes() const override { return reader_->features_are_bytes(); }
  [[nodiscard]] const SkippedRows& skipped() const override { return reader_->skipped(); }
  [[nodiscard]] std::string where(std::uint64_t row) const override { return reader_->where(row); }
  Result<void> read(std::uint64_t first, std::size_t count, std::span<float> x,
                    std::span<float> y) const override {
    return reader_->read(first, count, x, y);
  }

 private:
  std::shared_ptr<const Reader> reader_;
  std::uint64_t rows_;
};

}  // namespace

Result<std::shared_ptr<const Reader>> join_readers(std::vector<ReaderPart> parts) {
  const auto& first = *parts.front().reader;
  if (parts.size() == 1 && !parts.front().as_labels) return parts.front().reader;
  for (const auto& part : parts) {
    const auto& other = *part.reader;
    if (other.rows() == first.rows()) continue;
    return fail(Errc::kInvalid, "{} rows up to {}, and {} rows up to {}; the counts must be equal",
                first.rows(), first.where(first.rows() - 1), other.rows(),
                other.where(other.rows() - 1));
  }
  return std::make_shared<const JoinedReader>(std::move(parts));
}

std::shared_ptr<const Reader> limit_rows(std::shared_ptr<const Reader> reader, std::uint64_t rows) {
  if (rows >= reader->rows()) return reader;
  return std::make_shared<const LimitedReader>(std::move(reader), rows);
}

}  // namespace dk::storage
