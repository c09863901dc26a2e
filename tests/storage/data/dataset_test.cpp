// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/dataset.hpp"

#include "base/random.hpp"
#include "storage/data/npy.hpp"
#include "storage/data/sample_order.hpp"
#include "tests/storage/data/files.hpp"
#include "tests/storage/samples.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <numeric>
#include <thread>

namespace dk::storage {
namespace {

using test::idx_of;
using test::says;

Result<void> read(const Dataset& data, std::span<const std::uint32_t> samples, std::span<float> x,
                  std::span<float> y) {
  return BatchReader(data, samples.size()).read(samples, x, y);
}

/// Three samples of 2x2 bytes with labels 2, 0, 1.
class DatasetOfThree : public testing::Test {
 protected:
  DatasetOfThree() {
    write_features({3, 2, 2}, {0, 51, 102, '\xff', 4, 5, 6, 7, 8, 9, 10, 11});
    write_labels({3}, {2, 0, 1});
    config_.source = array_files("idx", dir_ / "features", dir_ / "labels");
  }

  void write_features(const std::vector<std::uint32_t>& shape, const std::string& values) {
    test::write_text(dir_ / "features", idx_of(shape, values));
  }
  void write_labels(const std::vector<std::uint32_t>& shape, const std::string& values) {
    test::write_text(dir_ / "labels", idx_of(shape, values));
  }

  dk::test::TempDir dir_;
  DataConfig config_;
};

TEST_F(DatasetOfThree, GathersRowsInTheOrderAsked) {
  const auto data = *Dataset::load(config_);
  EXPECT_EQ(data->size(), 3U);
  EXPECT_EQ(data->feature_shape(), (std::vector<std::size_t>{2, 2}));
  ASSERT_EQ(data->feature_size(), 4U);
  ASSERT_EQ(data->target_size(), 1U);
  std::array<float, 8> x{};
  std::array<float, 2> y{};
  ASSERT_TRUE(read(*data, std::array{2U, 0U}, x, y));
  EXPECT_EQ(x, (std::array<float, 8>{8, 9, 10, 11, 0, 51, 102, 255}));
  EXPECT_EQ(y, (std::array<float, 2>{1, 2}));
}

TEST_F(DatasetOfThree, AppliesTransformsToFeaturesAndLabels) {
  config_.transforms =
      nlohmann::json::parse(R"([{"min_max": {"from": [0, 255], "to": [0, 1]}}, {"one_hot": 3}])");
  const auto data = *Dataset::load(config_);
  ASSERT_EQ(data->target_size(), 3U);
  std::array<float, 4> x{};
  std::array<float, 3> y{9, 9, 9};
  ASSERT_TRUE(read(*data, std::array{0U}, x, y));
  // 51 / 255 = 0.2, 102 / 255 = 0.4
  EXPECT_FLOAT_EQ(x[1], 0.2F);
  EXPECT_FLOAT_EQ(x[2], 0.4F);
  EXPECT_EQ(x[0], 0.0F);
  EXPECT_EQ(x[3], 1.0F);
  EXPECT_EQ(y, (std::array<float, 3>{0, 0, 1}));
}

TEST_F(DatasetOfThree, FitsTransformsOnItsOwnRowsUnlessTheyAreFitted) {
  config_.transforms = nlohmann::json::parse(R"([{"min_max": {}}])");
  const auto data = *Dataset::load(config_);
  std::array<float, 4> x{};
  std::array<float, 1> y{};
  ASSERT_TRUE(read(*data, std::array{2U}, x, y));
  // The columns are 0 4 8, 51 5 9, 102 6 10 and 255 7 11.
  EXPECT_FLOAT_EQ(x[0], 1);
  EXPECT_FLOAT_EQ(x[1], 4.0F / 46);
  config_.transforms = data->pipeline().config();
  write_features({3, 2, 2}, std::string(12, '\1'));
  const auto other = *Dataset::load(config_);
  ASSERT_TRUE(read(*other, std::array{0U}, x, y));
  EXPECT_FLOAT_EQ(x[0], 1.0F / 8);
}

TEST_F(DatasetOfThree, AValueThatATransformRefusesIsNamedWithItsPlace) {
  config_.transforms = nlohmann::json::parse(R"([{"one_hot": 2}])");
  const auto data = Dataset::load(config_);
  ASSERT_TRUE(data) << data.error().message;
  std::array<float, 4> x{};
  std::array<float, 2> y{};
  const auto refused = read(**data, std::array{0U}, x, y);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(says(refused.error(), "features: row 0")) << refused.error().message;
}

TEST_F(DatasetOfThree, WhatDoesNotFitIsRefusedWithTheReason) {
  const auto expect_refused = [&](const char* transforms, std::string_view message) {
    config_.transforms = nlohmann::json::parse(transforms);
    const auto data = Dataset::load(config_);
    ASSERT_FALSE(data) << message;
    EXPECT_EQ(data.error().code, Errc::kInvalid);
    EXPECT_TRUE(says(data.error(), message)) << data.error().message;
  };
  expect_refused(R"([{"one_hot": 0}])", "one_hot");
  expect_refused(R"([{"colour": 3}])", "colour");
  write_labels({2}, {2, 0});
  expect_refused("[]", "2 labels");
}

TEST_F(DatasetOfThree, MissingFilesAreNamed) {
  config_.source.labels[0].files = {(dir_ / "nowhere").string()};
  const auto data = Dataset::load(config_);
  EXPECT_EQ(data.error().code, Errc::kNotFound);
  EXPECT_TRUE(says(data.error(), "nowhere"));
}

TEST_F(DatasetOfThree, ARowBeyondTheEndEndsTheProcess) {
  const auto data = *Dataset::load(config_);
  std::array<float, 4> x{};
  std::array<float, 1> y{};
  EXPECT_DEATH(static_cast<void>(read(*data, std::array{3U}, x, y)), "a row of this data set");
}

/// 1000 rows, (i, i % 4 == 0 ? 1 : 0).
class DatasetOfClasses : public testing::Test {
 protected:
  DatasetOfClasses() {
    std::vector<float> x(1000);
    std::vector<float> y(1000);
    for (std::size_t i = 0; i < x.size(); ++i) {
      x[i] = static_cast<float>(i);
      y[i] = i % 4 == 0 ? 1 : 0;
    }
    EXPECT_TRUE(write_npy(dir_ / "x", std::array{std::size_t{1000}, std::size_t{1}}, x));
    EXPECT_TRUE(write_npy(dir_ / "y", std::array{std::size_t{1000}}, y));
    config_.source = array_files("npy", dir_ / "x", dir_ / "y");
  }
  /// The rows that the set has, and how many are of class 1.
  std::pair<std::vector<int>, int> rows(const DataConfig& config) {
    const auto data = *Dataset::load(config);
    std::vector<std::uint32_t> all(data->size());
    std::iota(all.begin(), all.end(), 0U);
    std::vector<float> x(all.size());
    std::vector<float> y(all.size());
    EXPECT_TRUE(read(*data, all, x, y));
    return {{x.begin(), x.end()}, static_cast<int>(std::count(y.begin(), y.end(), 1.0F))};
  }

  dk::test::TempDir dir_;
  DataConfig config_;
};

TEST_F(DatasetOfClasses, PartsShareNoRowAndAreDrawnBySeed) {
  auto train = config_;
  auto rest = config_;
  train.part = {0, 0.9, true, 5};
  rest.part = {0.9, 1, true, 5};
  const auto [first, ones] = rows(train);
  const auto [second, other_ones] = rows(rest);
  EXPECT_EQ(first.size(), 900U);
  EXPECT_EQ(second.size(), 100U);
  EXPECT_EQ(ones, 225);
  EXPECT_EQ(other_ones, 25);
  std::vector<int> both;
  std::merge(first.begin(), first.end(), second.begin(), second.end(), std::back_inserter(both));
  EXPECT_EQ(std::adjacent_find(both.begin(), both.end()), both.end());
  rest.part.seed = train.part.seed = 6;
  EXPECT_NE(rows(rest).first, second);
  EXPECT_EQ(rows(rest).first, rows(rest).first);
}

TEST_F(DatasetOfClasses, ClassesAreMadeEqualByRepeatingOrLeavingOut) {
  config_.balance = ClassBalance::kOversample;
  EXPECT_EQ(rows(config_).second, 750);
  EXPECT_EQ(rows(config_).first.size(), 1500U);
  config_.balance = ClassBalance::kUndersample;
  EXPECT_EQ(rows(config_).second, 250);
  EXPECT_EQ(rows(config_).first.size(), 500U);
}

/// A table of about 3 MiB of text, 12 MB of floats.
class DatasetOnDisk : public testing::Test {
 protected:
  static constexpr std::size_t kColumns = 1000;
  static constexpr std::uint32_t kRows = 3000;

  DatasetOnDisk() {
    std::string text;
    for (std::uint32_t row = 0; row < kRows; ++row) {
      text += std::to_string(row);
      for (std::size_t i = 1; i < kColumns; ++i) text += ",7";
      text += ',' + std::to_string(row % 5) + '\n';
    }
    test::write_text(dir_ / "table.csv", text);
    config_.source.format = "csv";
    config_.source.files = {(dir_ / "table.csv").string()};
    config_.source.labels = {{"", {}, {"-1"}}};
    config_.memory_bytes = 6 << 20;
  }
  std::shared_ptr<const Dataset> load() {
    auto data = Dataset::load(config_, CacheDirectory(dir_ / "cache"));
    EXPECT_TRUE(data) << data.error().message;
    return *data;
  }

  dk::test::TempDir dir_;
  DataConfig config_;
};

TEST_F(DatasetOnDisk, GivesTheSameRowsWithinItsMemory) {
  const auto data = load();
  ASSERT_GT(data->group_size(), 0U);
  SampleOrder order(3, kRows, true, data->group_size(), data->window_groups());
  BatchReader reader(*data, 50);
  std::vector<std::uint32_t> samples(kRows);
  std::vector<float> x(50 * kColumns);
  std::vector<float> y(50);
  for (std::uint32_t epoch = 0; epoch < 2; ++epoch) {
    order.rows(epoch, 0, samples);
    for (std::size_t at = 0; at < kRows; at += 50) {
      reader.prefetch(std::span(samples).subspan(at));
      const auto batch = std::span(samples).subspan(at, 50);
      const auto done = reader.read(batch, x, y);
      ASSERT_TRUE(done) << done.error().message;
      for (std::size_t i = 0; i < batch.size(); ++i) {
        ASSERT_EQ(x[i * kColumns], static_cast<float>(batch[i]));
        ASSERT_EQ(y[i], static_cast<float>(batch[i] % 5));
      }
      ASSERT_LE(data->held_bytes(), config_.memory_bytes);
    }
  }
}

TEST_F(DatasetOnDisk, ServesSeveralThreadsAtOnce) {
  const auto data = load();
  std::vector<std::jthread> threads;
  std::atomic<int> wrong = 0;
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    threads.emplace_back([&, seed] {
      BatchReader reader(*data, 10);
      std::vector<std::uint32_t> samples(10);
      std::vector<float> x(10 * kColumns);
      std::vector<float> y(10);
      Random random(seed);
      for (int i = 0; i < 30; ++i) {
        for (auto& sample : samples) sample = static_cast<std::uint32_t>(random.below(kRows));
        reader.prefetch(samples);
        if (!reader.read(samples, x, y) || x[0] != static_cast<float>(samples[0])) ++wrong;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

TEST(NpyDataset, KeepsFloatFeaturesAndTargetsOfSeveralValues) {
  const dk::test::TempDir dir;
  ASSERT_TRUE(
      write_npy(dir / "x", std::vector<std::size_t>{2, 3}, std::array<float, 6>{1, 2, 3, 4, 5, 6}));
  ASSERT_TRUE(
      write_npy(dir / "y", std::vector<std::size_t>{2, 2}, std::array<float, 4>{0.5F, -1, 2, 3}));
  DataConfig config;
  config.source = array_files("npy", dir / "x", dir / "y");
  const auto data = *Dataset::load(config);
  std::array<float, 3> x{};
  std::array<float, 2> y{};
  ASSERT_TRUE(read(*data, std::array{1U}, x, y));
  EXPECT_EQ(x, (std::array<float, 3>{4, 5, 6}));
  EXPECT_EQ(y, (std::array<float, 2>{2, 3}));
}

TEST(FashionMnist, LoadsAs60000SamplesOf28By28InTenClasses) {
  const std::filesystem::path folder = "/usr/share/datasets/fashion-mnist";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "package dataset-fashion-mnist is missing";
  DataConfig config;
  config.source = array_files("idx", folder / "train-images-idx3-ubyte.gz",
                              folder / "train-labels-idx1-ubyte.gz");
  config.transforms = nlohmann::json::parse(R"([{"one_hot": 10}])");
  const auto data = *Dataset::load(config);
  EXPECT_EQ(data->size(), 60000U);
  EXPECT_EQ(data->feature_shape(), (std::vector<std::size_t>{28, 28}));
  EXPECT_EQ(data->held_bytes(), 60000U * (784 + 4));
  std::vector<float> x(784);
  std::array<float, 10> counts{};
  std::array<float, 10> y{};
  for (std::uint32_t row = 0; row < 60000; ++row) {
    ASSERT_TRUE(read(*data, std::array{row}, x, y));
    for (std::size_t i = 0; i < 10; ++i) counts[i] += y[i];
  }
  for (const float count : counts) EXPECT_EQ(count, 6000.0F);
}

}  // namespace
}  // namespace dk::storage
