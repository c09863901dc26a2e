// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/bytes.hpp"

#include <gtest/gtest.h>

namespace dk {
namespace {

TEST(Bytes, ReaderReturnsWhatWriterWrote) {
  ByteWriter writer;
  writer.put(std::uint64_t{7});
  writer.put("name");
  writer.put(1.5F);
  ByteReader reader(writer.bytes());
  EXPECT_EQ(reader.get<std::uint64_t>(), 7U);
  EXPECT_EQ(reader.get_string(), "name");
  EXPECT_EQ(reader.get<float>(), 1.5F);
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.remaining(), 0U);
}

TEST(Bytes, ReadingPastTheEndIsNotOkForGood) {
  ByteWriter writer;
  writer.put(std::uint32_t{1000});  // a string's length with no string behind it
  ByteReader reader(writer.bytes());
  EXPECT_EQ(reader.get_string(), "");
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.get<std::uint8_t>(), 0U);
  EXPECT_FALSE(reader.ok());
}

TEST(Bytes, ACountThatCannotFitIsRefusedBeforeItIsAllocated) {
  ByteWriter writer;
  writer.put(std::uint32_t{4'000'000'000});
  writer.put(std::uint64_t{1});
  ByteReader reader(writer.bytes());
  EXPECT_EQ(reader.get_count(8), 0U);
  EXPECT_FALSE(reader.ok());
}

}  // namespace
}  // namespace dk
