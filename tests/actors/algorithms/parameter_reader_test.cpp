// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/parameter_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace dk {
namespace {

using Range = ParameterReader::Range;

std::string refusal(const std::string& parameters,
                    const std::function<void(ParameterReader&)>& read) {
  const AlgorithmConfig config{"toy", nlohmann::json::parse(parameters)};
  ParameterReader reader(config, 2);
  read(reader);
  const auto finished = reader.finish();
  return finished ? "accepted" : finished.error().message;
}

TEST(ParameterReader, TakesNumbersWithinTheirRange) {
  const auto read = [](Range range) {
    return [range](ParameterReader& reader) { reader.number("x", 0.5F, range); };
  };
  for (const char* good : {R"({"x": 1})", R"({"x": 1e30})", R"({"x": 0.001})", "{}"}) {
    EXPECT_EQ(refusal(good, read(Range::kPositive)), "accepted") << good;
  }
  for (const char* bad : {"0", "-1", "1e39", "1e-60", "\"1\"", "true", "null", "[1]"}) {
    EXPECT_THAT(refusal(fmt::format(R"({{"x": {}}})", bad), read(Range::kPositive)),
                ::testing::EndsWith(", allowed: a number above 0"))
        << bad;
  }
  EXPECT_EQ(refusal(R"({"x": 0})", read(Range::kFraction)), "accepted");
  EXPECT_EQ(refusal(R"({"x": 1})", read(Range::kFraction)),
            "algorithm 'toy': parameter 'x' is 1, allowed: a number from 0 to below 1");
  EXPECT_EQ(refusal(R"({"x": 1})", read(Range::kShare)), "accepted");
  EXPECT_EQ(refusal(R"({"x": 0})", read(Range::kShare)),
            "algorithm 'toy': parameter 'x' is 0, allowed: a number above 0 and at most 1");
}

TEST(ParameterReader, RoundsANumberBeforeItLooksAtTheRange) {
  // 1 - 1e-10 is below 1 as a double, and 1 as a float.
  EXPECT_THAT(refusal(R"({"x": 0.9999999999})",
                      [](ParameterReader& reader) { reader.number("x", 0, Range::kFraction); }),
              ::testing::EndsWith("allowed: a number from 0 to below 1"));
}

TEST(ParameterReader, TakesACountFromTheLeastThatIsAllowed) {
  const auto read = [](ParameterReader& reader) { reader.count("n", 3, 0); };
  EXPECT_EQ(refusal(R"({"n": 0})", read), "accepted");
  EXPECT_EQ(refusal(R"({"n": -1})", read),
            "algorithm 'toy': parameter 'n' is -1, allowed: a whole number from 0 to 100000");
}

TEST(ParameterReader, TakesFlags) {
  const auto read = [](ParameterReader& reader) { reader.flag("on", true); };
  EXPECT_EQ(refusal(R"({"on": false})", read), "accepted");
  EXPECT_EQ(refusal(R"({"on": "yes"})", read),
            "algorithm 'toy': parameter 'on' is \"yes\", allowed: true, false");
}

TEST(ParameterReader, TakesOneOfItsTexts) {
  const AlgorithmConfig config{"toy", {{"rule", "two"}}};
  ParameterReader reader(config, 2);
  EXPECT_EQ(reader.choice("rule", {"one", "two"}), 1U);
  EXPECT_EQ(reader.choice("other", {"one", "two"}), 0U);
  EXPECT_TRUE(reader.finish());
  const auto read = [](ParameterReader& wrong) { wrong.choice("rule", {"one", "two"}); };
  EXPECT_EQ(refusal(R"({"rule": "three"})", read),
            "algorithm 'toy': parameter 'rule' is \"three\", allowed: one, two");
  EXPECT_EQ(refusal(R"({"rule": 1})", read),
            "algorithm 'toy': parameter 'rule' is 1, allowed: one, two");
}

TEST(ParameterReader, TellsTheFirstThingThatIsWrong) {
  EXPECT_EQ(refusal(R"({"n": 0, "on": 3, "x": 1})",
                    [](ParameterReader& reader) {
                      reader.count("n", 1);
                      reader.flag("on", true);
                      reader.refuse("they do not fit together");
                    }),
            "algorithm 'toy': parameter 'n' is 0, allowed: a whole number from 1 to 100000");
  EXPECT_EQ(refusal("{}", [](ParameterReader& reader) { reader.refuse("no"); }),
            "algorithm 'toy': no");
}

TEST(ParameterReader, AWindowCanBeAnEpochsShareOfAnyJob) {
  const AlgorithmConfig config;
  EXPECT_EQ(ParameterReader(config, 2, 0).epoch_share(), 1U);
  EXPECT_EQ(ParameterReader(config, 2, 4'000'000).epoch_share(), 100'000U);
  EXPECT_EQ(ParameterReader(config, 0).workers(), 1U);
}

}  // namespace
}  // namespace dk
