// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/checksum.hpp"

#include <gtest/gtest.h>

#include <string>

namespace dk {
namespace {

TEST(Checksum, OfTheEmptyInputIsThePublishedXxh3Value) {
  EXPECT_EQ(checksum({}), 0x2d06800538d394c2ULL);
}

TEST(Checksum, ChangesWithEveryFlippedBit) {
  std::string text(100, 'x');
  const auto whole = checksum(std::as_bytes(std::span(text)));
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_NE(checksum(std::as_bytes(std::span(text))), whole) << "bit " << bit;
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << (bit % 8)));
  }
}

}  // namespace
}  // namespace dk
