// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/npy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <string>

namespace dk {
namespace {

const std::vector<std::size_t> kShape{2, 3};
const std::vector<float> kValues{1.5F, -0.0F, 3.25F, 4, 5, 6};

TEST(NpyInMemory, KeepsEveryBitOfWhatItWrote) {
  std::vector<float> odd;
  for (const std::uint32_t bits : {0x7fc00001U, 0x80000000U, 0x00000001U, 0xff800000U}) {
    odd.push_back(std::bit_cast<float>(bits));
  }
  const auto array = parse_npy(npy_file(std::vector<std::size_t>{4}, odd), "a");
  ASSERT_TRUE(array) << array.error().message;
  EXPECT_EQ(array->shape, std::vector<std::size_t>{4});
  for (std::size_t i = 0; i < odd.size(); ++i) {
    EXPECT_EQ(std::bit_cast<std::uint32_t>(array->values[i]), std::bit_cast<std::uint32_t>(odd[i]));
  }
}

TEST(NpyInMemory, ReadsOneValueWithoutDimensions) {
  const auto array = parse_npy(npy_file({}, std::span(kValues).first(1)), "a");
  ASSERT_TRUE(array) << array.error().message;
  EXPECT_TRUE(array->shape.empty());
  EXPECT_EQ(array->values, std::vector<float>{1.5F});
}

TEST(NpyInMemory, RefusesEveryLengthButTheRightOne) {
  auto file = npy_file(kShape, kValues);
  for (std::size_t length = 0; length < file.size(); ++length) {
    const auto array = parse_npy(std::span(file).first(length), "a");
    ASSERT_FALSE(array) << length;
    EXPECT_THAT(array.error().message, testing::StartsWith("a: ")) << length;
  }
  file.push_back(std::byte{0});
  EXPECT_EQ(parse_npy(file, "a").error().message,
            "a: 24 bytes of values should follow byte 128, but there are 25");
}

TEST(NpyInMemory, AllocatesNoMoreThanTheFileHas) {
  auto file = npy_file(kShape, kValues);
  const std::string huge = "(99999999, 9999999), }";
  std::string text(reinterpret_cast<const char*>(file.data()), file.size());
  text.replace(text.find("(2, 3), }"), huge.size(), huge);
  const auto array = parse_npy(std::as_bytes(std::span(text)), "a");
  ASSERT_FALSE(array);
  EXPECT_EQ(array.error().message, "a: a dimension of size 99999999; allowed are 1 to 6");
}

}  // namespace
}  // namespace dk
