// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/data/reader.hpp"
#include "storage/data/transforms/pipeline.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace dk::storage {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

inline constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

/// Columns of single numbers.
inline Schema columns(std::vector<std::string> features, std::vector<std::string> labels = {}) {
  Schema schema;
  for (auto& name : features) schema.features.push_back({std::move(name), {}});
  for (auto& name : labels) schema.labels.push_back({std::move(name), {}});
  return schema;
}

/// Rows in memory that hands out a few at a time and counts how often all were read.
class MemoryReader : public Reader {
 public:
  MemoryReader(Schema schema, std::vector<float> x, std::vector<float> y = {})
      : schema_(std::move(schema)), x_(std::move(x)), y_(std::move(y)) {}

  [[nodiscard]] const Schema& schema() const override { return schema_; }
  [[nodiscard]] std::uint64_t rows() const override { return x_.size() / schema_.feature_size(); }
  [[nodiscard]] std::size_t group_rows() const override { return 3; }
  Result<void> read(std::uint64_t first, std::size_t count, std::span<float> x,
                    std::span<float> y) const override {
    most_rows = std::max(most_rows, count);
    if (first == 0) ++passes;
    copy(x_, first * schema_.feature_size(), x);
    copy(y_, first * schema_.label_size(), y);
    return {};
  }
  [[nodiscard]] std::string where(std::uint64_t row) const override {
    return "train.csv:" + std::to_string(row + 2);
  }

  mutable int passes = 0;
  mutable std::size_t most_rows = 0;

 private:
  static void copy(const std::vector<float>& from, std::size_t at, std::span<float> to) {
    std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(at), to.size(), to.begin());
  }

  Schema schema_;
  std::vector<float> x_;
  std::vector<float> y_;
};

struct Rows {
  std::vector<float> x;
  std::vector<float> y;
};

/// Applies to as many rows as there are.
inline Result<Rows> apply(const Pipeline& pipeline, std::vector<float> x,
                          std::vector<float> y = {}) {
  const std::size_t rows = x.size() / pipeline.raw().feature_size();
  Rows out;
  out.x.resize(rows * pipeline.schema().feature_size());
  if (!y.empty()) out.y.resize(rows * pipeline.schema().label_size());
  auto scratch = pipeline.scratch(rows);
  DK_TRY(pipeline.apply(rows, x, y, out.x, out.y, scratch));
  return out;
}

/// A pipeline that must come about; `text` is JSON.
inline Pipeline made(const std::string& text, const Schema& schema) {
  auto pipeline = Pipeline::make(json::parse(text), schema);
  if (!pipeline) {
    ADD_FAILURE() << pipeline.error().message;
    return {};
  }
  return std::move(*pipeline);
}

/// The same, fitted.
inline Pipeline fitted(const std::string& text, const MemoryReader& training) {
  auto pipeline = made(text, training.schema());
  const auto done = pipeline.fit(training);
  EXPECT_TRUE(done) << (done ? "" : done.error().message);
  return pipeline;
}

/// Why there is no such pipeline.
inline std::string refusal(const std::string& text, const Schema& schema) {
  const auto pipeline = Pipeline::make(json::parse(text), schema);
  return pipeline ? "accepted" : pipeline.error().message;
}

}  // namespace dk::storage
