// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/row_store.hpp"

#include "base/check.hpp"
#include "base/multiversion.hpp"

#include <algorithm>

namespace dk::storage {
namespace {

DK_MULTIVERSION void widen(const std::uint8_t* from, float* to, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) to[i] = static_cast<float>(from[i]);
}

DK_MULTIVERSION void narrow(const float* from, std::uint8_t* to, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    to[i] = static_cast<std::uint8_t>(static_cast<std::int32_t>(from[i]));
  }
}

class MemoryStore final : public RowStore {
 public:
  MemoryStore(const Schema& schema, bool bytes, std::size_t rows)
      : x_size_(schema.feature_size()),
        y_size_(schema.label_size()),
        rows_(rows),
        held_(rows * Page::row_bytes(schema, bytes)),
        page_(schema, bytes, rows) {}

  Result<void> fill(const Reader& reader) {
    std::vector<float> buffer;
    for (std::size_t row = 0; row < rows_; row += reader.group_rows()) {
      DK_TRY(page_.fill(reader, row, std::min(reader.group_rows(), rows_ - row), row, buffer));
    }
    return {};
  }

  Result<void> gather(std::span<const std::uint32_t> rows, std::span<float> x,
                      std::span<float> y) const override {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      DK_CHECK(rows[i] < rows_, "a row of this data set");
      page_.copy(rows[i], x.data() + i * x_size_, y.data() + i * y_size_);
    }
    return {};
  }
  void prefetch(std::span<const std::uint32_t>) const override {}
  [[nodiscard]] std::size_t page_rows() const override { return 0; }
  [[nodiscard]] std::size_t window_pages() const override { return 0; }
  [[nodiscard]] std::uint64_t held_bytes() const override { return held_; }

 private:
  std::size_t x_size_;
  std::size_t y_size_;
  std::size_t rows_;
  std::uint64_t held_;
  Page page_;
};

}  // namespace

Page::Page(const Schema& schema, bool bytes, std::size_t rows)
    : x_size_(schema.feature_size()), y_size_(schema.label_size()) {
  bytes ? bytes_.resize(rows * x_size_) : floats_.resize(rows * x_size_);
  labels_.resize(rows * y_size_);
}

std::uint64_t Page::row_bytes(const Schema& schema, bool bytes) {
  return schema.feature_size() * (bytes ? 1 : sizeof(float)) + schema.label_size() * sizeof(float);
}

Result<void> Page::fill(const Reader& reader, std::uint64_t first, std::size_t count,
                        std::size_t at, std::vector<float>& buffer) {
  const auto y = std::span(labels_).subspan(at * y_size_, count * y_size_);
  if (bytes_.empty()) {
    return reader.read(first, count, std::span(floats_).subspan(at * x_size_, count * x_size_), y);
  }
  buffer.resize(count * x_size_);
  DK_TRY(reader.read(first, count, buffer, y));
  narrow(buffer.data(), bytes_.data() + at * x_size_, buffer.size());
  return {};
}

void Page::copy(std::size_t row, float* x, float* y) const {
  if (bytes_.empty()) {
    std::copy_n(floats_.data() + row * x_size_, x_size_, x);
  } else {
    widen(bytes_.data() + row * x_size_, x, x_size_);
  }
  std::copy_n(labels_.data() + row * y_size_, y_size_, y);
}

Result<std::shared_ptr<const RowStore>> make_row_store(std::shared_ptr<const Reader> reader,
                                                       std::uint64_t memory_bytes) {
  const auto bytes = reader->features_are_bytes();
  const auto row_bytes = Page::row_bytes(reader->schema(), bytes);
  if (reader->rows() > memory_bytes / row_bytes) {
    return make_paged_store(std::move(reader), memory_bytes / 4 * 3);
  }
  const auto store = std::make_shared<MemoryStore>(reader->schema(), bytes,
                                                   static_cast<std::size_t>(reader->rows()));
  DK_TRY(store->fill(*reader));
  return store;
}

}  // namespace dk::storage
