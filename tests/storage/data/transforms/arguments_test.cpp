// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/transforms/arguments.hpp"

#include "tests/storage/data/transforms/rows.hpp"

namespace dk::storage {
namespace {

TEST(Arguments, TakesOneValueForTheShorthand) {
  Arguments arguments("one_hot", 10, "classes");
  EXPECT_EQ(arguments.whole("classes", std::nullopt, 1, 100), 10);
  EXPECT_TRUE(arguments.finish());
}

TEST(Arguments, TakesNullForNone) {
  EXPECT_TRUE(Arguments("standard", nullptr, "x").finish());
}

TEST(Arguments, KeepsTheFirstProblem) {
  const json object = {{"a", "x"}, {"b", -1}};
  Arguments arguments("t", object);
  EXPECT_EQ(arguments.number("a", 3), 3);
  EXPECT_EQ(arguments.number("b", 4, 0, 1), 4);
  EXPECT_EQ(arguments.finish().error().message, R"(t: a is "x"; allowed: a finite number)");
}

TEST(Arguments, SaysWhichNumbersAreAllowed) {
  const json object = {{"part", 0.5}, {"huge", 1e300}, {"negative", -1}};
  for (const auto* key : {"part", "huge", "negative"}) {
    Arguments arguments("t", object);
    EXPECT_EQ(arguments.whole(key, 0, 0, 9), 0);
    EXPECT_THAT(arguments.finish().error().message, HasSubstr("a whole number from 0 to 9"));
  }
}

TEST(Arguments, RefusesAWordThatIsNoChoice) {
  const std::vector<std::string> choices = {"mean", "median"};
  const json object = {{"strategy", "mediam"}};
  Arguments arguments("impute", object);
  EXPECT_EQ(arguments.choice("strategy", "mean", choices), "mean");
  EXPECT_EQ(arguments.finish().error().message,
            "impute: strategy is \"mediam\" (did you mean 'median'?), allowed: mean, median");
}

TEST(Arguments, RefusesAValueWithoutAShorthand) {
  EXPECT_EQ(Arguments("standard", 3).finish().error().message,
            "standard: is 3; allowed: its arguments, {name: value, ...}");
}

TEST(Arguments, TakesANumberForAName) {
  const json object = {{"columns", json::array({"a", 3})}, {"one", 4}};
  Arguments arguments("t", object);
  EXPECT_THAT(arguments.texts("columns"), ElementsAre("a", "3"));
  EXPECT_THAT(arguments.texts("one"), ElementsAre("4"));
}

TEST(Arguments, RefusesListsOfOtherThings) {
  const json object = {{"text", json::array({1, nullptr})}, {"few", {1, 2}}};
  Arguments texts("t", object);
  EXPECT_TRUE(texts.texts("text").empty());
  EXPECT_FALSE(texts.finish());
  Arguments numbers("t", object);
  EXPECT_FALSE(numbers.numbers("few", 3));
  EXPECT_THAT(numbers.finish().error().message, HasSubstr("3 finite numbers"));
}

}  // namespace
}  // namespace dk::storage
