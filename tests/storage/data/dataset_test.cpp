// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/dataset.hpp"

#include "storage/data/npy.hpp"
#include "tests/storage/data/files.hpp"
#include "tests/storage/samples.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace dk::storage {
namespace {

using test::idx_of;
using test::says;

/// Three samples of 2x2 bytes with labels 2, 0, 1.
class DatasetOfThree : public testing::Test {
 protected:
  DatasetOfThree() {
    write_features({3, 2, 2}, {0, 51, 102, '\xff', 4, 5, 6, 7, 8, 9, 10, 11});
    write_labels({3}, {2, 0, 1});
    config_.format = "idx";
    config_.features = dir_ / "features";
    config_.labels = dir_ / "labels";
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
  data->gather(std::array{2U, 0U}, x, y);
  EXPECT_EQ(x, (std::array<float, 8>{8, 9, 10, 11, 0, 51, 102, 255}));
  EXPECT_EQ(y, (std::array<float, 2>{1, 2}));
}

TEST_F(DatasetOfThree, MinMaxScalesFeaturesAndOneHotSpreadsLabels) {
  config_.transforms = {MinMax{0, 255, 0, 1}, OneHot{3}};
  const auto data = *Dataset::load(config_);
  ASSERT_EQ(data->target_size(), 3U);
  std::array<float, 4> x{};
  std::array<float, 3> y{9, 9, 9};
  data->gather(std::array{0U}, x, y);
  // 51 / 255 = 0.2, 102 / 255 = 0.4
  EXPECT_FLOAT_EQ(x[1], 0.2F);
  EXPECT_FLOAT_EQ(x[2], 0.4F);
  EXPECT_EQ(x[0], 0.0F);
  EXPECT_EQ(x[3], 1.0F);
  EXPECT_EQ(y, (std::array<float, 3>{0, 0, 1}));
}

TEST_F(DatasetOfThree, MinMaxTransformsFollowOneAnother) {
  config_.transforms = {MinMax{0, 255, 0, 1}, MinMax{0, 1, -2, 2}};
  const auto data = *Dataset::load(config_);
  std::array<float, 4> x{};
  std::array<float, 1> y{};
  data->gather(std::array{0U}, x, y);
  EXPECT_NEAR(x[0], -2.0F, 1e-6F);
  EXPECT_NEAR(x[1], -1.2F, 1e-6F);  // 0.2 * 4 - 2
  EXPECT_NEAR(x[3], 2.0F, 1e-6F);
}

TEST_F(DatasetOfThree, WhatDoesNotFitIsRefusedWithTheReason) {
  const auto expect_refused = [&](std::vector<Transform> transforms, std::string_view message) {
    config_.transforms = std::move(transforms);
    const auto data = Dataset::load(config_);
    ASSERT_FALSE(data) << message;
    EXPECT_EQ(data.error().code, Errc::kInvalid);
    EXPECT_TRUE(says(data.error(), message)) << data.error().message;
  };
  expect_refused({OneHot{2}}, "row 0 has label 2; one_hot allows the integers 0 to 1");
  expect_refused({OneHot{0}}, "0 classes");
  expect_refused({OneHot{3}, OneHot{3}}, "may stand once only");
  expect_refused({MinMax{5, 5, 0, 1}}, "min_max: from [5, 5] to [0, 1]");
  expect_refused({MinMax{0, std::numeric_limits<float>::quiet_NaN(), 0, 1}}, "min_max");
  write_labels({2}, {2, 0});
  expect_refused({}, "2 labels");
  write_labels({3, 2}, {2, 0, 1, 1, 1, 1});
  expect_refused({OneHot{3}}, "2 values per sample");
  config_.format = "csv";
  expect_refused({}, "data format \"csv\" is not known");
}

TEST_F(DatasetOfThree, MissingFilesAreNamed) {
  config_.labels = dir_ / "nowhere";
  const auto data = Dataset::load(config_);
  EXPECT_EQ(data.error().code, Errc::kNotFound);
  EXPECT_TRUE(says(data.error(), "nowhere"));
}

TEST_F(DatasetOfThree, ARowBeyondTheEndEndsTheProcess) {
  const auto data = *Dataset::load(config_);
  std::array<float, 4> x{};
  std::array<float, 1> y{};
  EXPECT_DEATH(data->gather(std::array{3U}, x, y), "a row of this data set");
}

TEST(NpyDataset, KeepsFloatFeaturesAndTargetsOfSeveralValues) {
  const dk::test::TempDir dir;
  ASSERT_TRUE(
      write_npy(dir / "x", std::vector<std::size_t>{2, 3}, std::array<float, 6>{1, 2, 3, 4, 5, 6}));
  ASSERT_TRUE(
      write_npy(dir / "y", std::vector<std::size_t>{2, 2}, std::array<float, 4>{0.5F, -1, 2, 3}));
  const auto data = *Dataset::load({"npy", dir / "x", dir / "y", {MinMax{0, 1, 0, 10}}});
  std::array<float, 3> x{};
  std::array<float, 2> y{};
  data->gather(std::array{1U}, x, y);
  EXPECT_EQ(x, (std::array<float, 3>{40, 50, 60}));
  EXPECT_EQ(y, (std::array<float, 2>{2, 3}));
}

TEST(NpyDataset, ALabelThatIsNoIntegerIsRefusedByOneHot) {
  const dk::test::TempDir dir;
  ASSERT_TRUE(write_npy(dir / "x", std::vector<std::size_t>{2}, std::array<float, 2>{1, 2}));
  for (const float bad : {0.5F, -1.0F, std::numeric_limits<float>::quiet_NaN()}) {
    ASSERT_TRUE(write_npy(dir / "y", std::vector<std::size_t>{2}, std::array<float, 2>{0, bad}));
    const auto data = Dataset::load({"npy", dir / "x", dir / "y", {OneHot{3}}});
    ASSERT_FALSE(data);
    EXPECT_TRUE(says(data.error(), "row 1 has label"));
  }
}

TEST(FashionMnist, LoadsAs60000SamplesOf28By28InTenClasses) {
  const std::filesystem::path folder = "/usr/share/datasets/fashion-mnist";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "package dataset-fashion-mnist is missing";
  DataConfig config{"idx",
                    folder / "train-images-idx3-ubyte.gz",
                    folder / "train-labels-idx1-ubyte.gz",
                    {MinMax{0, 255, 0, 1}, OneHot{10}}};
  const auto data = *Dataset::load(config);
  EXPECT_EQ(data->size(), 60000U);
  EXPECT_EQ(data->feature_shape(), (std::vector<std::size_t>{28, 28}));
  std::vector<float> x(784);
  std::array<float, 10> counts{};
  std::array<float, 10> y{};
  for (std::uint32_t row = 0; row < 60000; ++row) {
    data->gather(std::array{row}, x, y);
    for (std::size_t i = 0; i < 10; ++i) counts[i] += y[i];
  }
  for (const float count : counts) EXPECT_EQ(count, 6000.0F);
}

}  // namespace
}  // namespace dk::storage
