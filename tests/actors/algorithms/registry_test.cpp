// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dk {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string refusal(const std::string& name, const nlohmann::json& parameters) {
  const auto made = make_algorithm({name, parameters});
  if (made) return "accepted";
  EXPECT_EQ(made.error().code, Errc::kInvalid);
  return made.error().message;
}

TEST(AlgorithmRegistry, ListsItsNamesInAlphabeticalOrder) {
  EXPECT_THAT(known_algorithms(), ElementsAre("adag", "agn", "downpour", "single"));
}

TEST(AlgorithmRegistry, SuggestsTheNameThatWasMeant) {
  EXPECT_EQ(refusal("downpuor", nlohmann::json::object()),
            "unknown algorithm 'downpuor' (did you mean 'downpour'?), allowed: adag, agn, "
            "downpour, single");
}

TEST(AlgorithmRegistry, SuggestsTheParameterThatWasMeant) {
  EXPECT_EQ(refusal("adag", {{"windw", 3}}),
            "algorithm 'adag': unknown parameter 'windw' (did you mean 'window'?), allowed: "
            "window");
}

TEST(AlgorithmRegistry, RefusesAWindowThatIsNoCount) {
  for (
      const auto& window : nlohmann::json::parse(
          R"([0, -1, 100001, 18446744073709551615, -9223372036854775808, 2.5, "five", null, []])")) {
    EXPECT_EQ(refusal("adag", {{"window", window}}),
              "algorithm 'adag': parameter 'window' is " + window.dump() +
                  ", allowed: a whole number from 1 to 100000");
  }
  EXPECT_TRUE(make_algorithm({"adag", {{"window", 1}}}));
  EXPECT_TRUE(make_algorithm({"adag", {{"window", 100'000}}}));
}

TEST(AlgorithmRegistry, RefusesParametersThatAreNoMapping) {
  EXPECT_EQ(refusal("adag", 12),
            "algorithm 'adag': parameters are 12, allowed: a mapping of names to values");
}

TEST(AlgorithmRegistry, ShowsOnlyTheBeginningOfAHugeValue) {
  const auto message = refusal("adag", {{"window", std::string(1'000'000, 'x') + "\xff"}});
  EXPECT_LT(message.size(), 200U);
  EXPECT_THAT(message, HasSubstr("xxx..."));
}

}  // namespace
}  // namespace dk
