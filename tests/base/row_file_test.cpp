// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/row_file.hpp"

#include "base/files.hpp"
#include "base/npy.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

namespace dk {
namespace {

class RowFileTest : public ::testing::Test {
 protected:
  std::string text(const std::string& name) { return read_file(dir_ / name).value_or("none"); }
  bool exists(const std::string& name) { return std::filesystem::exists(dir_ / name); }

  test::TempDir dir_;
};

TEST_F(RowFileTest, ATableHasAHeaderAndIsThereWhenItIsFinished) {
  const std::size_t shape[] = {2, 2};
  auto file = RowFile::create(dir_ / "y.csv", shape, {"a", "b,c"});
  ASSERT_TRUE(file) << file.error().message;
  const float rows[] = {1, 0.5F, -3, 0.1F};
  file->write(rows);
  EXPECT_FALSE(exists("y.csv"));
  ASSERT_TRUE(file->finish());
  EXPECT_EQ(text("y.csv"), "a,\"b,c\"\n1,0.5\n-3,0.1\n");
}

TEST_F(RowFileTest, AnArrayIsWhatNumpyReads) {
  const std::size_t shape[] = {3, 1};
  auto file = RowFile::create(dir_ / "y.npy", shape, {"a"});
  ASSERT_TRUE(file) << file.error().message;
  const float rows[] = {1, 2, 3};
  file->write(std::span(rows).first(1));
  file->write(std::span(rows).subspan(1));
  ASSERT_TRUE(file->finish());
  const auto bytes = text("y.npy");
  const auto array = parse_npy(std::as_bytes(std::span(bytes)), "y.npy");
  ASSERT_TRUE(array) << array.error().message;
  EXPECT_EQ(array->values, (std::vector<float>{1, 2, 3}));
}

TEST_F(RowFileTest, LeavesNothingBehindWhenItIsNotFinished) {
  const std::size_t shape[] = {1};
  { const auto file = RowFile::create(dir_ / "y.csv", shape, {"a"}); }
  EXPECT_TRUE(std::filesystem::is_empty(dir_.path()));
}

}  // namespace
}  // namespace dk
