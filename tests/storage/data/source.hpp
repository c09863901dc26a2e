// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/data/open_reader.hpp"
#include "tests/storage/data/files.hpp"
#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dk::storage::test {

struct Rows {
  std::vector<float> x;
  std::vector<float> y;
};

/// A directory of data files and their cache.
class SourceTest : public testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& bytes) {
    write_text(dir_ / name, bytes);
    return (dir_ / name).string();
  }
  std::string path(const std::string& name) { return (dir_ / name).string(); }

  FileAccess access(std::uint64_t memory = std::uint64_t{64} << 20) {
    return {CacheDirectory(dir_ / "cache"), memory};
  }
  Result<std::shared_ptr<const Reader>> open(const SourceConfig& config) {
    return open_reader(config, access());
  }

  static Result<Rows> read(const Reader& reader, std::uint64_t first, std::size_t count) {
    Rows rows;
    rows.x.resize(count * reader.schema().feature_size());
    rows.y.resize(count * reader.schema().label_size());
    DK_TRY(reader.read(first, count, rows.x, rows.y));
    return rows;
  }
  /// All rows, or why there are none.
  Result<Rows> read(const SourceConfig& config) {
    DK_TRY_ASSIGN(const auto reader, open(config));
    return read(*reader, 0, reader->rows());
  }
  /// Fields that are arrays.
  static std::vector<FieldSource> arrays(const std::vector<std::string>& files) {
    std::vector<FieldSource> fields;
    for (const auto& name : files) fields.push_back({"", {name}, {}, ""});
    return fields;
  }
  SourceConfig csv(const std::string& text, std::vector<std::string> labels = {}) {
    SourceConfig config;
    config.format = "csv";
    config.files = {file("table.csv", text)};
    if (!labels.empty()) config.labels = {{"", {}, std::move(labels), ""}};
    return config;
  }

  dk::test::TempDir dir_;
};

}  // namespace dk::storage::test
