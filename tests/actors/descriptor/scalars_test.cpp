// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/scalars.hpp"

#include <gtest/gtest.h>

namespace dk::descriptor {
namespace {

using std::chrono::milliseconds;

Node scalar(std::string text, bool in_quotes = false) {
  Node node;
  node.kind = Node::Kind::kScalar;
  node.text = std::move(text);
  node.in_quotes = in_quotes;
  return node;
}

TEST(Scalars, FollowYamlsCoreSchema) {
  EXPECT_EQ(scalar_to_json(scalar("true")), nlohmann::json(true));
  EXPECT_EQ(scalar_to_json(scalar("True")), nlohmann::json("True"));
  EXPECT_EQ(scalar_to_json(scalar("-12")), nlohmann::json(-12));
  EXPECT_EQ(scalar_to_json(scalar("+12")), nlohmann::json(12));
  EXPECT_EQ(scalar_to_json(scalar("1e-3")), nlohmann::json(0.001));
  EXPECT_EQ(scalar_to_json(scalar(".5")), nlohmann::json(0.5));
  EXPECT_EQ(scalar_to_json(scalar("18446744073709551615")), nlohmann::json(~std::uint64_t{0}));
  EXPECT_EQ(scalar_to_json(scalar("12", true)), nlohmann::json("12"));
  EXPECT_EQ(scalar_to_json(scalar("nan")), nlohmann::json("nan"));
  EXPECT_EQ(scalar_to_json(scalar("1-2")), nlohmann::json("1-2"));
  EXPECT_EQ(scalar_to_json(scalar("e")), nlohmann::json("e"));
}

TEST(Scalars, AreUnsignedUnlessNegativeAsInParsedJson) {
  EXPECT_TRUE(scalar_to_json(scalar("12"))->is_number_unsigned());
  EXPECT_FALSE(scalar_to_json(scalar("-12"))->is_number_unsigned());
}

TEST(Scalars, RefuseNumbersThatAreNotFinite) {
  for (const char* text : {".nan", ".NaN", ".inf", "-.inf", "+.INF", "1e999", "-1e999"}) {
    EXPECT_FALSE(scalar_to_json(scalar(text))) << text;
    EXPECT_FALSE(to_number(scalar(text))) << text;
  }
}

TEST(Scalars, WholeNumbersHaveDigitsOnly) {
  EXPECT_EQ(to_whole_number(scalar("0")), 0U);
  EXPECT_EQ(to_whole_number(scalar("+7")), 7U);
  for (const char* text : {"", "-1", "1.0", "1e3", "0x10", "1_000", " 1", "18446744073709551616"}) {
    EXPECT_FALSE(to_whole_number(scalar(text))) << text;
  }
  EXPECT_FALSE(to_whole_number(scalar("1", true)));
}

TEST(Durations, HaveANumberAndAUnit) {
  EXPECT_EQ(to_duration(scalar("500ms")), milliseconds(500));
  EXPECT_EQ(to_duration(scalar("1.5s")), milliseconds(1500));
  EXPECT_EQ(to_duration(scalar("2m")), milliseconds(120'000));
  EXPECT_EQ(to_duration(scalar("1h")), milliseconds(3'600'000));
  for (const char* text : {"", "s", "10", "10 s", "-1s", "1d", "1.2.3s", "1e3s", "nans", "."}) {
    EXPECT_FALSE(to_duration(scalar(text))) << text;
  }
}

TEST(Durations, DoNotOverflow) {
  const auto huge = to_duration(scalar(std::string(300, '9') + "h"));
  ASSERT_TRUE(huge);
  EXPECT_GT(*huge, std::chrono::hours(24));
  EXPECT_FALSE(to_duration(scalar(std::string(400, '9') + "h")));
}

TEST(Durations, AreWrittenAsTheyAreRead) {
  for (const char* text : {"100ms", "1500ms", "10s", "2m", "90s", "24h"}) {
    EXPECT_EQ(duration_text(*to_duration(scalar(text))), text);
  }
}

}  // namespace
}  // namespace dk::descriptor
