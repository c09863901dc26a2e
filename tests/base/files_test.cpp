// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/files.hpp"

#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

namespace dk {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

TEST(Files, ReadReturnsWhatWriteAtomicWrote) {
  const test::TempDir dir;
  ASSERT_TRUE(write_file_atomic(dir / "a", bytes_of("first")));
  ASSERT_TRUE(write_file_atomic(dir / "a", bytes_of("second")));
  EXPECT_EQ(*read_file(dir / "a"), "second");
  EXPECT_FALSE(std::filesystem::exists(dir / "a.tmp"));
}

TEST(Files, AMissingFileIsNotFoundAndNamed) {
  const auto result = read_file("/nonexistent/file");
  EXPECT_EQ(result.error().code, Errc::kNotFound);
  EXPECT_NE(result.error().message.find("/nonexistent/file"), std::string::npos);
}

TEST(Files, AFileOverTheLimitIsRefused) {
  const test::TempDir dir;
  ASSERT_TRUE(write_file_atomic(dir / "a", bytes_of("12345")));
  EXPECT_EQ(read_file(dir / "a", 4).error().code, Errc::kInvalid);
}

}  // namespace
}  // namespace dk
